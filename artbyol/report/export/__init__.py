"""A collection in formats that other programs read."""
