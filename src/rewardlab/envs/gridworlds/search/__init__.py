"""Shortest ways and whole state spaces: the truth that tasks are tested by."""
