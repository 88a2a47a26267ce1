"""A file becomes pixels, views, fingerprints and measurements."""
