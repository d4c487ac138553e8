"""Optimistic Q-learning: its update by hand, its optimism, and regret that grows as a root."""

import math

import numpy as np
import pytest
from tables_that_tell import garnet, slope, telling

from rewardlab.agents import OptimisticQ
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP

H = 5


def test_the_update_is_that_of_the_paper():
    mdp = TabularMDP(np.ones((1, 1, 1)), [[0.25]], gamma=None)
    agent = OptimisticQ(telling(mdp, 1, 3), seed=0, horizon=3, scale=0.1, delta=0.2, total_steps=50).learn(3 * 4)
    iota, Q = math.log(1 * 1 * 50 / 0.2), np.full(4, 3.0)
    Q[3] = 0.0
    for t in range(1, 5):
        for h in range(3):
            alpha, bonus = 4 / (3 + t), 0.1 * math.sqrt(27 * iota / t)
            Q[h] = (1 - alpha) * Q[h] + alpha * (0.25 + min(3.0, Q[h + 1]) + bonus)
    np.testing.assert_allclose(agent.Q[0, :, 0, 0], Q[:3], atol=1e-12)


def test_rows_that_share_a_memory_count_one_after_the_other():
    mdp = TabularMDP(np.ones((1, 1, 1)), [[0.25]], gamma=None)
    one = OptimisticQ(telling(mdp, 1, 1), seed=0, horizon=1).learn(12)
    many = OptimisticQ(telling(mdp, 4, 1), seed=0, horizon=1).learn(12)
    np.testing.assert_allclose(one.Q, many.Q, atol=1e-12)


def test_values_stay_above_the_optimum():
    mdp = garnet(0, 3, 2)
    best = mdp.solve(H).Q
    shares = []
    for scale in (1.0, 1e-6):
        agent = OptimisticQ(telling(mdp, 40, H), seed=0, horizon=H, scale=scale, independent=True)
        below = np.zeros(40, dtype=bool)
        for _ in range(30):
            agent.learn(40 * H * 5)
            below |= (best - 1e-9 > agent.Q).any((1, 2, 3))
        shares.append(below.mean())
    assert shares[0] <= 0.05 and shares[1] > 0.5


def test_regret_grows_as_a_root():
    agent = OptimisticQ(telling(garnet(0, 3, 2), 32, H), seed=0, horizon=H, scale=0.01, independent=True)
    agent.learn(32 * H * 800)
    p, error = slope(agent.regret_log, 250 * H)
    assert p + 2 * error < 0.75


@pytest.mark.parametrize("options", [{"horizon": 0}, {"scale": 0.0}, {"delta": 1.0}, {"total_steps": 0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        OptimisticQ(telling(garnet(0), 2), **options)
