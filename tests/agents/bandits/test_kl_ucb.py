"""KL-UCB: its bound inverts the divergence, and its regret is the one that the bound implies."""

import math

import numpy as np
import pytest
from exact_bandits import bernoulli, by_index, exact_regret, mean_and_error, played, still

from rewardlab.agents import KLUCB, UCB1
from rewardlab.agents.bandits.kl_ucb import most
from rewardlab.core.arms import Arms, bernoulli_divergence
from rewardlab.core.errors import BadOption, BadReward


def by_bisection(p, budget):
    low, high = p.copy(), np.ones_like(p)
    for _ in range(60):
        middle = (low + high) / 2
        inside = bernoulli_divergence(p, middle) <= budget
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return low


def test_the_bound_inverts_the_divergence():
    rng = np.random.default_rng(0)
    p, budget = rng.random(20_000), 10 ** rng.uniform(-9, 2, 20_000)
    q = most(p, budget)
    np.testing.assert_allclose(q, by_bisection(p, budget), rtol=0, atol=1e-9)
    inner = q < 1 - 1e-6  # nearer to 1 the last digit of q is a large step of the divergence
    assert inner.mean() > 0.7
    np.testing.assert_allclose(bernoulli_divergence(p, q)[inner], budget[inner], rtol=0, atol=1e-9)


def test_the_bound_at_the_ends():
    budget = np.array([0.0, 1e-6, 0.3, 2.0, 50.0])
    np.testing.assert_allclose(most(0.0, budget), -np.expm1(-budget), rtol=1e-14)
    np.testing.assert_array_equal(most(1.0, budget), 1.0)
    np.testing.assert_array_equal(most(np.array([0.0, 0.4, 1.0]), 0.0), [0.0, 0.4, 1.0])
    # KL(1/2, q) = −ln(4 q (1 − q)) / 2.
    np.testing.assert_allclose(most(0.5, budget), (1 + np.sqrt(-np.expm1(-2 * budget))) / 2, rtol=1e-12)


def test_gaussian_pay_has_a_closed_form():
    agent = KLUCB(still((0.0, 1.0), 1), deviation=0.5, c=3.0)
    means, counts, pulled = np.array([[-3.0, 7.0]]), np.array([[4, 9]]), np.array([[1000]])
    log = math.log(1000) + 3 * math.log(math.log(1000))
    expected = means + 0.5 * np.sqrt(2 * log / counts)
    np.testing.assert_allclose(agent.index(means, counts, pulled), expected, rtol=1e-14)


@pytest.mark.parametrize("means", [(0.8, 0.5), (0.3, 0.1)])
def test_its_regret_is_that_of_dynamic_programming(means):
    law = by_index(lambda mean, n, t: by_bisection(mean, np.log(max(t, 2)) / n))
    exact = exact_regret(law, means, 30)
    regret = played(KLUCB, means, 4000, 30, at=[10, 30])[1]
    for seen, known in zip(regret, exact[[9, 29]], strict=True):
        mean, error = mean_and_error(seen)
        assert abs(mean - known) < 3.5 * error < 0.07 * known


def levelled(means, t):
    """Pulls [K] at which all arms show the same bound, n_k KL(μ_k, level) = ln t: where KL-UCB is after t pulls."""
    means, (low, high) = np.array(means), (max(means) + 1e-12, 1 - 1e-12)
    for _ in range(100):
        level = (low + high) / 2
        pulls = math.log(t) / bernoulli_divergence(means, np.full(len(means), level))
        low, high = (level, high) if pulls.sum() > t else (low, level)
    return pulls


def test_its_regret_grows_as_the_bound_implies():
    means, times = (0.5, 0.1, 0.3), [200, 2000]
    gaps = 0.5 - np.array(means)
    theory = [levelled(means, t) @ gaps for t in times]
    regret = played(KLUCB, means, 250, 2000, at=times)[1]
    mean, error = mean_and_error(regret[1])
    assert abs(mean - theory[1]) < 3 * error < 0.15 * theory[1]
    slope, error = mean_and_error((regret[1] - regret[0]) / math.log(10))
    expected = (theory[1] - theory[0]) / math.log(10)
    assert abs(slope - expected) < 0.15 * expected and 3 * error < 0.15 * expected
    # So early the slope is still above the least one, of which UCB1's is a multiple.
    least = Arms(means).lai_robbins()
    assert least < slope < 1.5 * least
    assert played(UCB1, means, 50, 2000)[1].mean() > 2.5 * mean


def test_mistakes_are_named():
    for option in ({"c": -1.0}, {"c": math.inf}, {"deviation": 0.0}):
        with pytest.raises(BadOption, match=next(iter(option))):
            KLUCB(bernoulli((0.1, 0.2), 2), **option)
    with pytest.raises(BadReward, match="give a deviation"):
        KLUCB(still((0.1, 1.2), 2), seed=0).learn(10)
