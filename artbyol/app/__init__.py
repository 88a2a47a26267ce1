"""The collection in the browser: a small server on this machine, for its pages and for what is done there."""
