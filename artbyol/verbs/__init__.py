"""What artbyol does, one module a verb; `artbyol.NAME` is the function of that name."""
