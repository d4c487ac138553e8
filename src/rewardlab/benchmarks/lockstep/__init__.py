"""Our grid worlds beside MiniGrid's own, step by step: players, comparisons, and a program that runs them all."""
