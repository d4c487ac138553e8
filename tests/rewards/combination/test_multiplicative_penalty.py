import numpy as np
import pytest
from steps import online, random_steps, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import tabulate
from rewardlab.rewards import Milestones, MultiplicativePenalty


class Fine(Task):
    """Pays -1 where an info column is up."""

    def __call__(self, batch):
        return -1.0 * batch.column("off_lane")


def test_infractions_take_a_share_and_factors_commute():
    batch = steps(4, reward=[2.0, 2.0, 2.0, 2.0], off_lane=[0, 1, 0, 1], fast=[0.0, 0.0, 0.5, 1.0])
    one = MultiplicativePenalty(Task(), {"off_lane": 0.5, "fast": 0.64})
    two = MultiplicativePenalty(Task(), {"fast": 0.64, "off_lane": 0.5})
    np.testing.assert_allclose(one(batch), [2.0, 1.0, 1.6, 0.64], rtol=1e-15)
    np.testing.assert_array_equal(one(batch), two(batch))
    nested = MultiplicativePenalty(MultiplicativePenalty(Task(), {"fast": 0.64}), {"off_lane": 0.5})
    np.testing.assert_allclose(nested(batch), one(batch), rtol=1e-15)


def test_without_infractions_it_is_the_identity_bit_for_bit():
    batch = random_steps((15, 4), np.random.default_rng(0)).paying(np.ones((15, 4)), clean=np.zeros((15, 4)))
    reward = Task() + Milestones({"stage": 0.1})
    paid, expected = online(MultiplicativePenalty(reward, {"clean": 0.3}), batch), online(reward, batch)
    for name in expected:
        np.testing.assert_array_equal(paid[name], expected[name])


def test_a_fine_makes_standing_still_the_best_and_a_factor_does_not():
    """A road of four cells whose third cannot be passed without leaving the lane."""
    cells = 5
    P, R = np.zeros((cells, 2, cells)), np.zeros((cells, 2, cells))
    for s in range(cells - 1):
        P[s, 0, s] = P[s, 1, s + 1] = 1.0
        R[s, 1, s + 1] = 0.25
    P[-1, :, -1] = 1.0
    mdp = TabularMDP(P, R, gamma=0.95, terminal=np.arange(cells) == cells - 1)
    columns = {"off_lane": np.arange(cells) == 3}
    fined = tabulate(mdp, Task() + Fine(), columns=columns).mdp.solve().policy
    factored = tabulate(mdp, MultiplicativePenalty(Task(), {"off_lane": 0.5}), columns=columns).mdp.solve().policy
    assert fined[:4].tolist() == [1, 1, 0, 1]  # stops before the lane must be left
    assert factored[:4].tolist() == [1, 1, 1, 1]


def test_nan_shows_and_mistakes_are_named():
    batch = steps(3, reward=[1.0, np.nan, 1.0], off_lane=[np.nan, 0.0, 0.0])
    assert np.isnan(MultiplicativePenalty(Task(), {"off_lane": 0.5})(batch)).tolist() == [True, True, False]
    for factors in ({}, {"off_lane": 0.0}, {"off_lane": 2}):
        with pytest.raises(BadOption, match="MultiplicativePenalty"):
            MultiplicativePenalty(Task(), factors)
