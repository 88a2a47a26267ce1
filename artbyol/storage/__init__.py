"""What artbyol keeps on disk: the store, its lock, its catalogue, its tensor files, and what comes into it."""
