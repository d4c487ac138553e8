"""RUCB: every duel by the definition, its regret by dynamic programming, and the winner it finds."""

import math

import numpy as np
import pytest
from exact_bandits import check_pairs, duel_bounds, duels, exact_duel_regret, mean_and_error

from rewardlab.agents import RUCB
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DuelingBandit

CIRCLE = [[0.5, 0.7, 0.3, 0.8], [0.3, 0.5, 0.7, 0.8], [0.7, 0.3, 0.5, 0.8], [0.2, 0.2, 0.2, 0.5]]
ORDER = [[0.5 + 0.15 * np.sign(j - i) + 0.04 * (j - i) for j in range(5)] for i in range(5)]


def test_every_duel_is_one_of_the_definition():
    def fits(upper, lower, one, other):
        candidates = (upper >= 0.5).all(1)
        rivals = np.delete(upper[:, one], one)
        most = upper[other, one] >= upper[:, one].max() - 1e-12
        return (candidates[one] or not candidates.any()) and most and (other != one or rivals.max() < 0.5)

    check_pairs(RUCB(duels(CIRCLE, 3), seed=0, independent=True), 250, fits)


def test_the_hypothesis_is_the_first_arm_half_of_the_time():
    agent = RUCB(duels(CIRCLE, 4), seed=0, independent=True)
    agent.hypothesis[:] = [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
    candidates = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
    weight = agent._chances(candidates)
    expected = [[0.5, 0.25, 0, 0.25], [1, 0, 0, 0], [0, 0.5, 0.5, 0], [0.25] * 4]
    np.testing.assert_allclose(weight / weight.sum(1, keepdims=True), expected)


def test_a_hypothesis_stays_until_it_is_no_candidate():
    agent = RUCB(duels([[0.5, 0.9, 0.9], [0.1, 0.5, 0.9], [0.1, 0.1, 0.5]], 1), seed=0)
    agent.wins[0] = [[0, 30, 30], [0, 0, 5], [0, 5, 0]]
    agent.duels[:] = 100
    agent.feed()
    assert agent.hypothesis[0].tolist() == [True, False, False]
    agent.wins[0, 1:, 0] = 29.0  # now all may be best, and the hypothesis is one of them
    agent.feed()
    assert agent.hypothesis[0].tolist() == [True, False, False]
    agent.wins[0, 1, 0] = 300.0
    agent.feed()
    assert agent.hypothesis[0].tolist() == [False, True, False] or not agent.hypothesis.any()


def law(w, v, t):
    """Two arms: they meet while either may be the better one, and then the better one meets itself."""
    one, other = duel_bounds(w, v, t)[0] >= 0.5, duel_bounds(v, w, t)[0] >= 0.5
    return np.stack([one & other, one & ~other, other & ~one], 1).astype(float)


@pytest.mark.parametrize("p", [0.6, 0.8])
def test_its_regret_with_two_arms_is_that_of_dynamic_programming(p):
    exact = exact_duel_regret(law, p, 150)
    agent = RUCB(duels([[0.5, p], [1 - p, 0.5]], 2500), seed=0, independent=True)
    for at, more in ((30, 30), (150, 120)):
        mean, error = mean_and_error(agent.learn(2500 * more).regret)
        assert abs(mean - exact[at - 1]) < 3.5 * error < 0.2 * exact[at - 1]


def test_it_finds_the_arm_that_beats_all_others():
    rules = DuelingBandit(preferences=ORDER, pulls=2000)
    agent, regret = RUCB(WorldVectorEnv(rules, 60), seed=0, independent=True), []
    for more in (200, 432, 1368):  # until 200, 632 and 2000
        regret.append(agent.learn(60 * more).regret.copy())
    assert (agent.best() == rules.condorcet_winner).mean() >= 0.95
    first, second = np.diff(regret, axis=0).mean(1)
    assert second < 1.2 * first  # of a power p of the duels it would be 10^(p/2) times as much
    held = agent.hypothesis.argmax(1)[agent.hypothesis.any(1)]
    assert len(held) >= 50 and (held == rules.condorcet_winner).mean() >= 0.95


@pytest.mark.parametrize("alpha", [0.0, math.inf])
def test_mistakes_are_named(alpha):
    with pytest.raises(BadOption, match="alpha="):
        RUCB(duels(CIRCLE, 2), alpha=alpha)
