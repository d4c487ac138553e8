"""The compiled kernel of the grid worlds, and all that a task on it shares with the others."""
