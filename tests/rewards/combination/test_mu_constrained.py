import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp
from steps import steps

from rewardlab.core import responses as rs
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import Column, MuConstrained

REWARDS = (Column("a"), Column("b"))


def told(values):
    return steps(1, a=[values[0]], b=[values[1]])


def best_response(reward, r, reference):
    """The policy that maximises E[R] with r_0 = −log π / π_ref, exactly."""
    first = float(reward(steps(1, reward=[1.0], a=[0.0], b=[0.0]))[0])
    slope = reward(steps(len(r), reward=np.zeros(len(r)), a=r[:, 0], b=r[:, 1]))
    return rs.tilted(reference, slope, first)


def test_inequalities_reach_their_thresholds_and_slack_ones_fade():
    r = np.random.default_rng(0).normal(size=(200, 2))
    reference = np.full(200, 1 / 200)
    theta = np.array([1.0, -0.4])  # the second is slack: correlated or not, it is above that anyway
    reward = MuConstrained(0.2 * Task(), REWARDS, tuple(theta), lr=0.5, ema=0.0)
    for _ in range(3000):
        policy = best_response(reward, r, reference)
        reward.update(told(policy @ r))
    exact = minimize(
        lambda mu: logsumexp(r @ mu) - np.log(200) - mu @ theta, np.zeros(2), bounds=[(0, None)] * 2, tol=1e-12
    ).x
    assert exact[1] == 0 and exact[0] > 1
    np.testing.assert_allclose((policy @ r)[0], 1.0, atol=1e-3)
    assert (policy @ r)[1] > theta[1]
    np.testing.assert_allclose(policy, rs.softmax(r @ exact), atol=1e-4)
    assert reward.multipliers[1] < 1e-3


def test_the_total_weight_is_one_and_weights_stay_in_the_unit_interval():
    reward = MuConstrained(Task(), REWARDS, (1.0, 1.0), lr=0.5, ema=0.0)
    rng = np.random.default_rng(1)
    for _ in range(50):
        reward.update(told(rng.normal(size=2) * 5))
        assert all(0 < m < 1 for m in reward.multipliers)
        ones = reward(steps(1, reward=[1.0], a=[1.0], b=[1.0]))
        np.testing.assert_allclose(ones, 1.0)


def test_one_weight_alone_is_bounded_by_what_the_others_leave_to_the_regulariser():
    reward = MuConstrained(Task(), REWARDS, (1.0, -1.0), lr=1.0, ema=0.0)
    for _ in range(200):
        reward.update(told([0.0, 0.0]))
    first, slope = reward(steps(2, reward=[1.0, 0.0], a=[0.0, 1.0], b=[0.0, 0.0]))
    assert slope / first == pytest.approx(1.0, abs=1e-3)  # 1 / (m - 1): scale r_0 down for more


def test_the_pay_by_hand():
    reward = MuConstrained(Task(), REWARDS, (1.0, 1.0))
    assert reward.multipliers == (0.5, 0.5)
    np.testing.assert_allclose(reward(steps(1, reward=[4.0], a=[1.0], b=[2.0])), 0.5 * 4 + 0.25 * 1 + 0.25 * 2)
    with pytest.raises(BadOption, match="with 1 thresholds"):
        MuConstrained(Task(), REWARDS, (1.0,))
