"""A picture becomes a vector; beside training, this is the one room that loads torch."""
