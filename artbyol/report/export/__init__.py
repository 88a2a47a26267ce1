"""A collection in the formats other programs read."""
