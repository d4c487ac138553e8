"""Anytime MOSS: its index, and its regret by dynamic programming and beside that of MOSS."""

import math

import numpy as np
import pytest
from exact_bandits import bernoulli, by_index, check_by_definition, exact_regret, mean_and_error, played, watched

from rewardlab.agents import MOSS, UCB1, AnytimeMOSS
from rewardlab.core.errors import BadOption


def test_the_pulls_so_far_stand_in_for_the_horizon():
    agent = AnytimeMOSS(bernoulli((0.1, 0.2), 1), alpha=0.5, span=3.0)
    got = agent.index(np.array([[0.25, 0.5]]), np.array([[5, 60]]), np.array([[100]]))
    np.testing.assert_allclose(got, [[0.25 + 3 * math.sqrt(0.75 * math.log(10) / 5), 0.5]], rtol=1e-14)


def test_every_pull_is_of_the_largest_index():
    arms, pay = watched(AnytimeMOSS(bernoulli((0.3, 0.5, 0.6), 3), seed=0, independent=True), 100)

    def value(arm, paid):
        n = np.bincount(arm, minlength=3)
        mean = np.bincount(arm, paid, minlength=3) / np.maximum(n, 1)
        log = np.maximum(np.log(max(len(arm), 1) / (3 * np.maximum(n, 1))), 0)
        return np.where(n == 0, np.inf, mean + np.sqrt(1.175 * log / np.maximum(n, 1)))

    check_by_definition(arms, pay, value, 3)


@pytest.mark.parametrize("means", [(0.8, 0.5), (0.4, 0.5)])
def test_its_regret_is_that_of_dynamic_programming(means):
    law = by_index(lambda mean, n, t: mean + np.sqrt(1.175 * np.maximum(np.log(max(t, 1) / (2 * n)), 0) / n))
    exact = exact_regret(law, means, 40)[[14, 39]]
    for seen, known in zip(played(AnytimeMOSS, means, 4000, 40, at=[15, 40])[1], exact, strict=True):
        mean, error = mean_and_error(seen)
        assert abs(mean - known) < 3.5 * error < 0.07 * known


def test_it_loses_about_as_much_as_who_knows_the_horizon():
    means, pulls = (0.6, 0.5, 0.5, 0.5, 0.5), 1000
    known, a = mean_and_error(played(MOSS, means, 200, pulls, horizon=pulls)[1][0])
    anytime, b = mean_and_error(played(AnytimeMOSS, means, 200, pulls)[1][0])
    widest, _ = mean_and_error(played(UCB1, means, 100, pulls)[1][0])
    assert abs(anytime - known) < 0.2 * known and 3 * math.hypot(a, b) < 0.2 * known
    assert anytime < 0.8 * widest


@pytest.mark.parametrize("option", [{"alpha": 0.0}, {"span": -1.0}])
def test_mistakes_are_named(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        AnytimeMOSS(bernoulli((0.1, 0.2), 2), **option)
