"""Counts, means and words of pulls, against a history that is kept in full."""

import numpy as np
import pytest
import torch

from rewardlab.core.rng import Streams
from rewardlab.envs.bandits import pulls as shown


@pytest.mark.parametrize("device", [None, "cpu"])
def test_counts_and_means_are_those_of_the_history(device):
    rng, dice = Streams([1, 2, 3], device=device), np.random.default_rng(0)
    state, paid = shown.begin(rng, 3, 4), [[[] for _ in range(4)] for _ in range(3)]
    for t in range(1, 20):
        action, reward = dice.integers(0, 4, 3), dice.normal(size=3)
        own = (action, reward) if device is None else (torch.as_tensor(action), torch.as_tensor(reward))
        before = {key: np.asarray(value).copy() for key, value in state.items()}
        after = shown.note(state, *own, 20, rng)
        assert all((np.asarray(state[key]) == before[key]).all() for key in state), "the state was written into"
        state = after
        for i in range(3):
            paid[i][action[i]].append(reward[i])
            counts = [len(p) for p in paid[i]]
            np.testing.assert_array_equal(state["counts"][i], counts)
            np.testing.assert_allclose(state["totals"][i], [sum(p) for p in paid[i]], atol=1e-12)
            means = [np.mean(p) if p else 0.0 for p in paid[i]]
            np.testing.assert_allclose(state["shown"][i], np.r_[np.array(counts) / 20, means], atol=1e-6)
        assert (np.asarray(state["pulled"]) == t).all()


def test_words_tell_the_means_only_at_the_end():
    rng, means = Streams([0]), np.array([0.25, 0.75])
    state = shown.note(shown.begin(rng, 1, 2), np.array([1]), np.array([0.5]), 2, rng)
    assert (
        shown.lines(state, 0, 2, means) == "pull 1 of 2\narm 0: 0 pulls, not pulled yet\narm 1: 1 pull, paid 0.500 each"
    )
    over = shown.note(state, np.array([1]), np.array([0.0]), 2, rng)
    assert shown.lines(over, 0, 2, means).splitlines()[1:] == [
        "arm 0: 0 pulls, not pulled yet, true mean 0.250",
        "arm 1: 2 pulls, paid 0.250 each, true mean 0.750 (best)",
    ]
    assert "true" not in shown.lines(over, 0, 2, None)


def test_the_space_holds_what_is_shown():
    space = shown.space(2, -3.0, 4.0)
    np.testing.assert_array_equal(space.low, [0, 0, -3, -3])
    np.testing.assert_array_equal(space.high, [1, 1, 4, 4])
    np.testing.assert_array_equal(shown.space(2, 0.5, 1.0).low, 0)  # an arm that was not pulled shows 0
