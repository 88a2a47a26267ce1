"""Groups of works: clusters, groups that are kept, the map, periods of time."""
