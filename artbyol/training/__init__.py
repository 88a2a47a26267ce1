"""BYOL, the recipes that train an encoder on a collection, and the verdict on what training brought."""
