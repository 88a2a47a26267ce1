"""What every room stands on: errors, events, text, templates, intervals, vectors, processes."""
