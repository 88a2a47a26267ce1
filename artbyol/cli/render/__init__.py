"""What verbs found, in tables and sentences for a person."""
