"""Means on one wave: who leads when, and what a fixed arm is worth."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits import SwingingBandit


def test_every_arm_leads_for_its_share_of_a_period():
    rules = SwingingBandit(arms=4, period=400.0, pulls=400)
    assert np.bincount(rules.course.argmax(1)) == pytest.approx(100, abs=1)
    # arm k is the first one a quarter of a period earlier
    np.testing.assert_allclose(rules.course[100:, 0], rules.course[:-100, 1], atol=1e-12)
    assert rules.course.max() == pytest.approx(0.9) and rules.course.min() == pytest.approx(0.1)


def test_over_whole_periods_all_arms_are_alike_and_the_leader_gains_a_known_share():
    rules = SwingingBandit(arms=3, period=300.0, pulls=600)
    np.testing.assert_allclose(rules.course.sum(0), 300.0, atol=1e-9)
    assert rules.best_fixed_value == pytest.approx(rules.card().random_return)
    # the mean of a cosine within +- pi / K of its peak is sin(pi / K) / (pi / K)
    leader = 0.5 + 0.4 * np.sin(np.pi / 3) / (np.pi / 3)
    assert rules.optimal_value / 600 == pytest.approx(leader, abs=1e-4)


def test_the_budget_of_variation_is_that_of_its_waves():
    rules = SwingingBandit(arms=2, period=1000.0, pulls=2001)
    # two opposite waves move alike: two periods of up and down by twice the amplitude each
    assert rules.variation == pytest.approx(2 * 2 * 0.8, rel=1e-5)


@pytest.mark.parametrize(
    ("fields", "words"), [({"period": 0.0}, "period"), ({"amplitude": 0.6}, "amplitude"), ({"pulls": 0}, "pulls")]
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        SwingingBandit(**fields)
