"""A gallery: a folder of pages that show a collection, opened by a double click, with no server and no network."""
