"""Preferences with a structure: regrets, chosen questions, trees of responses, and states that lead to a goal.

Each task stands in a module of its own.
"""

from rewardlab.benchmarks.effects import chain_arith, delivery_grid, prefix_responses, river_preferences
from rewardlab.benchmarks.effects.effect import Effect


def effects() -> list[Effect]:
    """All four tasks."""
    return [
        *prefix_responses.effects(),
        *chain_arith.effects(),
        *delivery_grid.effects(),
        *river_preferences.effects(),
    ]
