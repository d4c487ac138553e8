"""MOSS: its index, its regret by dynamic programming, and the order √(K T) in the worst case."""

import math

import numpy as np
import pytest
from exact_bandits import bernoulli, by_index, check_by_definition, exact_regret, mean_and_error, played, watched
from gymnasium import spaces

from rewardlab.agents import MOSS, UCB1
from rewardlab.agents.loops.bandit_compiled import play
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.arms import Arms
from rewardlab.core.errors import BadOption


def test_an_arm_that_had_its_share_gets_no_bonus():
    agent = MOSS(bernoulli((0.1, 0.2, 0.3, 0.4), 1), horizon=400, span=2.0)
    counts = np.array([[1, 10, 99, 100, 5000]])
    bonus = agent.index(0 * counts, counts, np.array([[7]]))[0]
    expected = [2 * math.sqrt(math.log(100)), 2 * math.sqrt(math.log(10) / 10), 2 * math.sqrt(math.log(100 / 99) / 99)]
    np.testing.assert_allclose(bonus, [*expected, 0.0, 0.0], rtol=1e-12)


def test_every_pull_is_of_the_largest_index():
    arms, pay = watched(MOSS(bernoulli((0.3, 0.5, 0.6), 3), seed=0, independent=True, horizon=100), 100)

    def value(arm, paid):
        n = np.bincount(arm, minlength=3)
        mean = np.bincount(arm, paid, minlength=3) / np.maximum(n, 1)
        wide = np.sqrt(np.maximum(np.log(100 / (3 * np.maximum(n, 1))), 0) / np.maximum(n, 1))
        return np.where(n == 0, np.inf, mean + wide)

    check_by_definition(arms, pay, value, 3)


@pytest.mark.parametrize("means", [(0.8, 0.5), (0.4, 0.5)])
def test_its_regret_is_that_of_dynamic_programming(means):
    law = by_index(lambda mean, n, t: mean + np.sqrt(np.maximum(np.log(40 / (2 * n)), 0) / n))
    exact = exact_regret(law, means, 40)[[14, 39]]
    for seen, known in zip(played(MOSS, means, 4000, 40, at=[15, 40], horizon=40)[1], exact, strict=True):
        mean, error = mean_and_error(seen)
        assert abs(mean - known) < 3.5 * error < 0.07 * known


def worst(kind, pulls, **options):
    """Regret / √(K T) where the gap is as hard as T pulls make it: Δ = √(K / T)."""
    arms = 5
    agent = kind(Spaces(spaces.Discrete(1), spaces.Discrete(arms)), **options)
    law = Arms([0.5 + math.sqrt(arms / pulls) / 2] + [0.5 - math.sqrt(arms / pulls) / 2] * (arms - 1))
    return mean_and_error(play(agent, law, 500, pulls, seed=0)[0][0] / math.sqrt(arms * pulls))


def test_the_worst_case_costs_a_multiple_of_the_root():
    (early, a), (late, b) = (worst(MOSS, t, horizon=t) for t in (1000, 8000))
    assert abs(late - early) < 3 * math.hypot(a, b) < 0.1 * early  # the exponent of T is 1/2 within 0.05
    assert late < 0.8 * worst(UCB1, 8000)[0]
    assert late > 1 / 27 * math.sqrt(4 / 5) / 2  # no policy is below the minimax bound


def test_mistakes_are_named():
    for option in ({"horizon": 0}, {"horizon": 5, "span": 0.0}):
        with pytest.raises(BadOption, match=list(option)[-1]):
            MOSS(bernoulli((0.1, 0.2), 2), **option)
