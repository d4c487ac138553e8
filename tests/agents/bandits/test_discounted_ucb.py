"""Discounted UCB: every pull by the definition, weights as a geometric sum, and how soon it follows a change."""

import numpy as np
import pytest
from exact_bandits import bernoulli, by_index, check_by_definition, exact_regret, mean_and_error, played, watched

from rewardlab.agents import UCB1, DiscountedUCB
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import PiecewiseBandit


@pytest.mark.parametrize("gamma", [0.8, 0.98])
def test_every_pull_is_of_the_largest_index(gamma):
    agent = DiscountedUCB(bernoulli((0.3, 0.5, 0.6), 3), seed=0, independent=True, gamma=gamma, span=0.5)
    arms, pay = watched(agent, 150)

    def value(arm, paid):
        weight = gamma ** np.arange(len(arm))[::-1]
        n, total = np.bincount(arm, weight, minlength=3), np.bincount(arm, weight * paid, minlength=3)
        with np.errstate(all="ignore"):
            wide = 2 * 0.5 * np.sqrt(0.6 * np.log(max(n.sum(), 1)) / n)
            return np.where(n == 0, np.inf, total / n + wide)

    check_by_definition(arms, pay, value, 3)
    np.testing.assert_allclose(agent.weights.sum(1), (1 - gamma**150) / (1 - gamma), rtol=1e-12)


def test_rows_that_share_a_memory_count_one_after_the_other():
    agent = DiscountedUCB(bernoulli((0.3, 0.5, 0.6), 5), seed=0, gamma=0.9)
    arms, pay = watched(agent, 8)
    weight = 0.9 ** np.arange(40)[::-1]
    np.testing.assert_allclose(agent.weights[0], np.bincount(arms.ravel(), weight, minlength=3), rtol=1e-12)
    expected = np.bincount(arms.ravel(), weight * pay.ravel(), minlength=3)
    np.testing.assert_allclose(agent.weighted[0], expected, rtol=1e-12, atol=1e-15)


def test_who_forgets_nothing_has_ordinary_bounds():
    law = by_index(lambda mean, n, t: mean + 2 * np.sqrt(0.6 * np.log(max(t, 1)) / n))
    exact = exact_regret(law, (0.9, 0.2), 40)[-1]
    mean, error = mean_and_error(played(DiscountedUCB, (0.9, 0.2), 2000, 40, gamma=1.0)[1][0])
    assert abs(mean - exact) < 3.5 * error < 0.05 * exact


def test_after_a_change_it_follows():
    rules = PiecewiseBandit(means=[[0.9, 0.6], [0.2, 0.6]], at=[800], deviation=0.0, pulls=1200)
    late = {}
    for name, agent in {
        "forgets": DiscountedUCB(WorldVectorEnv(rules, 2), seed=0, independent=True, gamma=0.99, span=0.3),
        "trusts": UCB1(WorldVectorEnv(rules, 2), seed=0, independent=True),
    }.items():
        arms, _ = watched(agent, 1200)
        late[name] = arms[800:1200].mean(0)  # how often the new best arm is pulled in the 400 pulls after the change
    assert (late["forgets"] > 0.8).all() and (late["trusts"] < 0.6 * late["forgets"]).all()


@pytest.mark.parametrize("option", [{"gamma": 0.0}, {"gamma": 1.1}, {"xi": -0.1}, {"span": 0.0}])
def test_mistakes_are_named(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        DiscountedUCB(bernoulli((0.1, 0.2), 2), **option)
