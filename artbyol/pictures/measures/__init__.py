"""What is measured from the pixels by closed formulas, no network and no training: the axes, attributes and words."""
