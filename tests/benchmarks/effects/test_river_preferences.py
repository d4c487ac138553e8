"""A river learned by preferences: the sides do what their names say."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.benchmarks.effects import river_preferences as task


@pytest.mark.parametrize(
    ("kind", "options", "low", "high"),
    [
        (task.PRLSVI, {"epsilon": 1e9}, 0, 0),
        (task.PRLSVI, {"epsilon": 0.3}, 3, 10),
        (task.Always, {"epsilon": 1e9}, 8, 10),  # of ten pairs, less those of equal trajectories
        (task.Always, {"sigma_p": 0.0, "sigma_r": 0.0, "known_at": 0}, 3, 10),
        (task.Sometimes, {"share": 0.5}, 1, 9),
        (task.Chance, {"epsilon": 0.3}, 3, 10),
    ],
)
def test_sides_ask_as_their_names_say(kind, options, low, high):
    found = task.played(0, kind=kind, options=options, episodes=20)
    assert all(np.isfinite(v) for v in found.values()) and found["regret"] > 0
    assert low <= found["questions"] <= high


def test_play_by_chance_loses_what_exact_planning_says():
    mdp = gym.make(task.WORLD, states=task.STATES, horizon=task.STEPS).unwrapped.to_mdp()
    best = mdp.solve(task.STEPS).value
    uniform = mdp.evaluate(np.full((mdp.num_states, 2), 0.5), task.STEPS).value
    found = task.played(3, kind=task.Chance, options={"epsilon": 1e9}, episodes=40)
    # The sum of pseudo regrets is unbiased; the returns of chance hardly vary beside the best value.
    assert found["regret"] == pytest.approx(40 * (best - uniform), rel=0.1)
    assert found["questions"] == 0
