"""Sliding-window UCB: every pull by the definition, the ring in files, and how soon it follows a change."""

import numpy as np
import pytest
from exact_bandits import bernoulli, by_index, check_by_definition, exact_regret, mean_and_error, played, watched

from rewardlab.agents import UCB1, SlidingWindowUCB
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import PiecewiseBandit


def window_value(window, xi=0.6, span=1.0, arms=3):
    """The index of the paper, from all that a run has seen."""

    def value(arm, paid):
        t = max(min(len(arm), window), 2)
        n = np.bincount(arm[-window:], minlength=arms)
        total = np.bincount(arm[-window:], paid[-window:], minlength=arms)
        return np.where(n == 0, np.inf, (total + span * np.sqrt(xi * np.log(t) * n)) / np.maximum(n, 1))

    return value


@pytest.mark.parametrize("window", [1, 7, 40])
def test_every_pull_is_of_the_largest_index_of_the_window(window):
    agent = SlidingWindowUCB(bernoulli((0.3, 0.5, 0.6), 3), seed=0, independent=True, window=window)
    arms, pay = watched(agent, 150)
    check_by_definition(arms, pay, window_value(window), 3)
    for row in range(3):  # what is kept is what the last pulls were
        last = arms[-window:, row]
        np.testing.assert_array_equal(agent.recent[row], np.bincount(last, minlength=3))
        expected = np.bincount(last, pay[-window:, row], minlength=3)
        np.testing.assert_allclose(agent.recent_pay[row], expected, atol=1e-12)


@pytest.mark.parametrize("rows", [4, 30])
def test_rows_that_share_a_window_fill_it_in_their_order(rows):
    agent = SlidingWindowUCB(bernoulli((0.3, 0.5, 0.6), rows), seed=0, window=17)
    arms, pay = watched(agent, 6)
    last = arms.reshape(-1)[-17:]
    np.testing.assert_array_equal(agent.recent[0], np.bincount(last, minlength=3))
    expected = np.bincount(last, pay.reshape(-1)[-17:], minlength=3)
    np.testing.assert_allclose(agent.recent_pay[0], expected, atol=1e-12)


def test_a_window_that_holds_all_is_an_ordinary_bound():
    law = by_index(lambda mean, n, t: mean + np.sqrt(0.6 * np.log(max(t, 2)) / n))
    exact = exact_regret(law, (0.8, 0.5), 40)[-1]
    mean, error = mean_and_error(played(SlidingWindowUCB, (0.8, 0.5), 4000, 40, window=40)[1][0])
    assert abs(mean - exact) < 3.5 * error < 0.07 * exact


def switching(kind, **options):
    """Regret [N] before and after the best of two arms becomes the worst, runs of 800 + 800 pulls without noise."""
    rules = PiecewiseBandit(means=[[0.9, 0.6], [0.2, 0.6]], at=[800], deviation=0.0, pulls=1600)
    agent = kind(WorldVectorEnv(rules, 2), seed=0, independent=True, **options).learn(2 * 800)
    before = agent.regret.copy()
    return before, agent.learn(2 * 800).regret - before


def test_after_a_change_it_follows_within_a_window():
    before, after = switching(SlidingWindowUCB, window=100)
    # Until the arm's mean in the window falls below the other's bound: within 100 pulls at 0.4 each, and then the
    # price of looking again in every window, as before the change.
    assert (after < 0.4 * 100 + before * 0.4 / 0.3 * 1.2).all()
    blind = switching(UCB1)[1]
    # A mean of 0.9 over 700 pulls falls to the other's bound, below 0.75, after 700 * 0.15 / 0.55 = 190 more at 0.2.
    assert (blind > 0.4 * 190).all() and (after < 0.3 * blind).all()


@pytest.mark.parametrize("option", [{"window": 0}, {"xi": -0.1}, {"span": 0.0}])
def test_mistakes_are_named(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        SlidingWindowUCB(bernoulli((0.1, 0.2), 2), **option)
