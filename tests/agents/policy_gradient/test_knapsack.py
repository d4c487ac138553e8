"""Budgets of roll-outs against brute force and dynamic programming."""

import itertools

import numpy as np
import pytest

from rewardlab.agents.policy_gradient import knapsack
from rewardlab.agents.policy_gradient.knapsack import effective_cost, gain, mixed
from rewardlab.core.errors import BadOption

RATES = np.array([0.01, 0.03, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97])


def value(n, p):
    return (mixed(np.asarray(n), p) * gain(p)).sum()


def by_dynamic_programming(p, budget, least, most):
    """The best value of exactly this budget."""
    best = np.full(budget + 1, -np.inf)
    best[0] = 0
    for rate in p:
        after = np.full(budget + 1, -np.inf)
        for n in range(least, min(most, budget) + 1):
            after[n:] = np.maximum(after[n:], best[: budget + 1 - n] + value(n, rate))
        best = after
    return best[budget]


def test_the_budget_of_nine_prompts():
    n = knapsack(RATES, 72)
    np.testing.assert_array_equal(n, [2, 2, 17, 20, 11, 7, 9, 2, 2])
    assert value(n, RATES) == pytest.approx(0.4285, abs=5e-5)
    assert value(n, RATES) == pytest.approx(by_dynamic_programming(RATES, 72, 2, 128), rel=1e-12)
    assert value(np.full(9, 8), RATES) == pytest.approx(0.3954, abs=5e-5)


@pytest.mark.parametrize("seed", range(5))
def test_greedy_is_brute_force_is_dynamic_programming(seed):
    rng = np.random.default_rng(seed)
    p, budget = rng.random(4), int(rng.integers(8, 20))
    best = max(value(n, p) for n in itertools.product(range(2, 7), repeat=4) if sum(n) == budget)
    n = knapsack(p, budget, most=6)
    assert n.sum() == budget and value(n, p) == pytest.approx(best, rel=1e-12)
    assert by_dynamic_programming(p, budget, 2, 6) == pytest.approx(best, rel=1e-12)


def test_with_no_worth_but_mixing_there_are_never_fewer_mixed_groups_than_uniform():
    for seed in range(10):
        p = np.random.default_rng(seed).beta(0.4, 0.4, 12).clip(0.001, 0.999)
        even = mixed(np.full(12, 8), p).mean()
        assert mixed(knapsack(p, 96, worth=np.ones_like), p).mean() >= even - 1e-12
    ours, even = mixed(knapsack(RATES, 72), RATES).mean(), mixed(np.full(9, 8), RATES).mean()
    assert ours == pytest.approx(0.522, abs=5e-4) and even == pytest.approx(0.540, abs=5e-4)  # the gain has its price


def test_what_is_hopeless_or_solved_gets_the_least_and_bounds_hold():
    n = knapsack(np.array([0.0, 1.0, 0.5, 0.4]), 60, least=3, most=10)
    np.testing.assert_array_equal(n, [3, 3, 10, 10])  # the rest has no use


def test_how_many_roll_outs_a_rare_success_needs():
    np.testing.assert_allclose(mixed(np.array([8, 93]), 0.01), [0.077, 0.607], atol=5e-4)
    cost = effective_cost(np.array([0.01, 0.5, 0.99, 0.0]))
    assert cost[3] == np.inf and cost[0] == pytest.approx(cost[2])
    assert 0.99 ** cost[0] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("rate", "options"), [([0.5, 1.2], {}), ([0.5, 0.5], {"least": 0}), ([0.5, 0.5], {"least": 9, "most": 8})]
)
def test_bounds_and_rates_make_sense(rate, options):
    with pytest.raises(BadOption):
        knapsack(np.array(rate), 20, **options)
    with pytest.raises(BadOption, match="budget"):
        knapsack(np.array([0.5, 0.5]), 3)
