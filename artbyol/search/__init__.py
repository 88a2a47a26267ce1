"""An opened collection: its index, what is asked of it, neighbours, paths, outliers."""
