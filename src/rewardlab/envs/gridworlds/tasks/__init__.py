"""The ground of our own tasks: level sketches, watched steps, levels with parameters."""
