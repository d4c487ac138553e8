"""Agents: a loop times an objective, with the four verbs of Stable-Baselines3."""
