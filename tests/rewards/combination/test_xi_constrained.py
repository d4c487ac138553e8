import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp
from steps import steps

from rewardlab.core import responses as rs
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import Column, NelderMead, XiConstrained

REWARDS, BEST = (Column("a"), Column("b")), np.array([1.0, 0.8])
REFERENCE = np.full(200, 1 / 200)
KL = 0.2  # the weight of r_0: one reward alone can then weigh up to five times as much


def table(rho, seed=0):
    """200 responses with two correlated rewards, and the truth, which is best at (1, 0.8)."""
    x = np.random.default_rng(seed).normal(size=(200, 2))
    r = np.stack([x[:, 0], rho * x[:, 0] + np.sqrt(1 - rho**2) * x[:, 1]], axis=-1)
    return r, -((r - BEST) ** 2).sum(-1)


def told(values):
    return steps(1, a=[values[0]], b=[values[1]])


def weights(reward, r):
    """What the reward pays for r_0 = 1 alone, and for each response without it."""
    first = float(reward(steps(1, reward=[1.0], a=[0.0], b=[0.0]))[0])
    return first, reward(steps(len(r), reward=np.zeros(len(r)), a=r[:, 0], b=r[:, 1]))


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_dual_ascent_reaches_the_thresholds_and_the_exponential_tilt(rho):
    r, gold = table(rho)
    reward = XiConstrained(KL * Task(), REWARDS, tuple(BEST), lr=0.1, ema=0.0)
    for _ in range(4000):
        first, slope = weights(reward, r)
        policy = rs.tilted(REFERENCE, slope, first)
        reward.update(told(policy @ r))
    np.testing.assert_allclose(policy @ r, BEST, atol=1e-4)
    exact = minimize(lambda mu: logsumexp(r @ mu) - mu @ BEST, np.zeros(2), tol=1e-12).x
    np.testing.assert_allclose(policy, rs.softmax(r @ exact), atol=1e-5)
    xi = np.array(reward.multipliers)
    np.testing.assert_allclose(xi / 2 / (1 - xi.mean()) / KL, exact, atol=1e-3)
    assert reward.settled(1e-3)

    def summed(beta):
        return rs.expected(rs.tilted(REFERENCE, r.sum(1), beta), gold)

    tuned = minimize_scalar(lambda b: -summed(np.exp(b)), bounds=(-3, 3), method="bounded").x
    held = rs.expected(policy, gold)
    assert held > summed(np.exp(tuned)) - 0.02  # no beta was tuned
    assert held > summed(0.05) + 1.0 and held > summed(0.5) + 0.1  # the plain sum drifts


def test_the_numbers_of_the_table_with_half_correlated_rewards():
    r, gold = table(0.5)
    mu = minimize(lambda x: logsumexp(r @ x) - x @ BEST, np.zeros(2), tol=1e-12).x
    policy = rs.softmax(r @ mu)
    np.testing.assert_allclose(mu, [1.060, 0.232], atol=1e-3)
    assert rs.divergence(policy, REFERENCE) == pytest.approx(0.671, abs=1e-3)
    assert rs.expected(policy, gold) == pytest.approx(-1.868, abs=1e-3)
    for beta, drifted in ((2.0, -2.04), (1.38, -1.861), (0.5, -4.13), (0.05, -5.27)):
        assert rs.expected(rs.tilted(REFERENCE, r.sum(1), beta), gold) == pytest.approx(drifted, abs=6e-3)
    for beta in (1.38 * 1.5, 1.38 / 1.5):  # a beta that is off by half loses to the thresholds
        assert rs.expected(rs.tilted(REFERENCE, r.sum(1), beta), gold) < rs.expected(policy, gold)


def test_what_has_overshot_is_pulled_back_by_a_negative_weight():
    reward = XiConstrained(Task(), REWARDS, (0.0, 0.0), lr=0.5, ema=0.0)
    reward.update(told([2.0, -1.0]))
    a, b = reward.multipliers
    np.testing.assert_allclose([a, b], np.tanh([-1.0, 0.5]))
    mean = (a + b) / 2
    paid = reward(steps(1, reward=[4.0], a=[1.0], b=[2.0]))
    np.testing.assert_allclose(paid, (1 - mean) * 4 + a / 2 + b)


def test_a_search_over_thresholds_in_one_run_ends_near_the_best_ones():
    r, gold = table(0.5)
    reward = XiConstrained(KL * Task(), REWARDS, (0.3, 0.3), lr=0.05, ema=0.5)  # slower than the policy
    search = NelderMead((0.3, 0.3), 0.3, low=(-1.0, -1.0), high=(1.7, 1.7))
    logits, held = np.zeros(200), 0
    for _ in range(5000):
        first, slope = weights(reward, r)
        policy = rs.softmax(logits)
        pay = slope - first * np.log(np.maximum(policy, 1e-300) * 200)
        logits = logits + 0.3 / KL * pay  # one step of the policy
        reward.update(told(policy @ r))
        held += 1
        if held > 40 and reward.settled(0.005):
            search.tell(rs.expected(policy, gold))
            reward.aim(search.ask())
            held = 0
        if search.size < 0.01:
            break
    assert search.size < 0.01
    # The truth on the joint surface of all tilted policies.
    exact = minimize(lambda mu: -rs.expected(rs.softmax(r @ mu), gold), np.ones(2), tol=1e-10)
    oracle = rs.softmax(r @ exact.x) @ r
    point, value = search.best
    assert np.linalg.norm(point - oracle) < 0.02 * np.linalg.norm(oracle)
    assert value > -exact.fun - 0.001
    assert search.asked < 100


def test_thresholds_move_and_are_saved():
    one, two = (XiConstrained(Task(), REWARDS, (0.0, 0.0)) for _ in range(2))
    one.aim((0.5, 0.25))
    two.load_state_dict(one.state_dict())
    assert two.thresholds == (0.5, 0.25)
    assert not one.settled()
    one.update(told([0.5, 0.25]))
    assert one.settled() and one.multipliers == (0.0, 0.0)
    with pytest.raises(BadOption, match="aim"):
        one.aim((1.0,))
