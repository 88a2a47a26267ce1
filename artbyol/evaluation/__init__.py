"""How well neighbours and groups agree with labels, beside encoders that need no training."""
