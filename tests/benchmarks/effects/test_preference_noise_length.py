"""Lengths and qualities as the task says, and one run of each use."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_noise_length as length


def test_the_better_one_is_the_longer_in_the_share_that_is_asked_for():
    task = length.Lengths(0)
    for items, share in ((task.items, 0.8), (task.compared(3000, longer=0.0), 0.0)):
        first_longer = items.info["length"][:, 0] > items.info["length"][:, 1]
        assert (first_longer == (items.info["truth"] > 0.5)).mean() == pytest.approx(share, abs=0.03)
    q = task.quality(task.items.obs[:, :, 0])
    assert ((q[:, 0] > q[:, 1]) == (task.items.info["truth"] > 0.5)).all()
    assert abs(length._partial(q[:, 0], task.items.obs[:, 0, 0, length.INPUTS], q[:, 0] + 0.01 * q[:, 1])) < 0.2


def test_uses_of_a_model_and_their_bounds():
    found = length.lengths(0, ratio=1.5, epochs=3)
    chain = [found[f"best of {n}"] for n in (1, 2, 4, 8)]
    assert (np.diff(chain) > 0).all() and chain[-1] <= found["bound of 8"]
    assert found["cleaned"] > 105 and found["auc"] > 90
    assert found["policy"] > 0.5 and 1 < found["written"] < 4
    assert found["bound of 8"] == pytest.approx(100 * (1 - 0.8**8), abs=3)


def test_a_copied_critic_begins_better():
    copied, fresh = (length.valued(0, copied=c, updates=3)["loss"] for c in (True, False))
    assert copied < fresh
