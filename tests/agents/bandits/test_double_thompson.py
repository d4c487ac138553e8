"""Double Thompson sampling: allowed duels, its regret by dynamic programming, and winners of any preferences."""

import numpy as np
import pytest
from exact_bandits import check_pairs, duel_bounds, duels, exact_duel_regret, mean_and_error
from scipy.stats import beta

from rewardlab.agents import RUCB, DoubleThompson
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DuelingBandit

CIRCLE = [[0.5, 0.7, 0.3, 0.8], [0.3, 0.5, 0.7, 0.8], [0.7, 0.3, 0.5, 0.8], [0.2, 0.2, 0.2, 0.5]]
ORDER = [[0.5 + 0.15 * np.sign(j - i) + 0.04 * (j - i) for j in range(5)] for i in range(5)]


def test_every_duel_is_one_of_the_definition():
    def fits(upper, lower, one, other):
        score = (upper > 0.5).sum(1)
        return score[one] == score.max() and lower[other, one] <= 0.5

    check_pairs(DoubleThompson(duels(CIRCLE, 3), seed=0, independent=True), 250, fits)


def law(w, v, t):
    """Two arms: the first of a duel is the better one of a draw, its rival the other one if another draw says so."""
    upper, lower = duel_bounds(w, v, t)
    back_upper, back_lower = duel_bounds(v, w, t)
    better = beta.sf(0.5, w + 1, v + 1)  # of the first arm
    both = (upper > 0.5) == (back_upper > 0.5)
    first = np.where(both, better, upper > 0.5)
    to_other, to_one = np.where(back_lower <= 0.5, 1 - better, 0.0), np.where(lower <= 0.5, better, 0.0)
    meet = first * to_other + (1 - first) * to_one
    return np.stack([meet, first * (1 - to_other), (1 - first) * (1 - to_one)], 1)


@pytest.mark.parametrize("p", [0.6, 0.8])
def test_its_regret_with_two_arms_is_that_of_dynamic_programming(p):
    exact = exact_duel_regret(law, p, 100)
    agent = DoubleThompson(duels([[0.5, p], [1 - p, 0.5]], 2500), seed=0, independent=True)
    for at, more in ((30, 30), (100, 70)):
        mean, error = mean_and_error(agent.learn(2500 * more).regret)
        assert abs(mean - exact[at - 1]) < 3.5 * error < 0.15 * exact[at - 1]


def test_it_loses_less_than_bounds_do_and_finds_the_winner():
    rules = DuelingBandit(preferences=ORDER, pulls=600)
    lost = {}
    for kind in (DoubleThompson, RUCB):
        agent = kind(WorldVectorEnv(rules, 50), seed=0, independent=True).learn(50 * 600)
        lost[kind] = mean_and_error(agent.regret)
        assert (agent.best() == rules.condorcet_winner).mean() >= 0.9
    assert lost[DoubleThompson][0] + 3 * lost[DoubleThompson][1] < lost[RUCB][0] - 3 * lost[RUCB][1]


def test_it_finds_winners_where_nobody_beats_all():
    rules = DuelingBandit(preferences=CIRCLE, pulls=1500)
    agent = DoubleThompson(WorldVectorEnv(rules, 30), seed=0, independent=True)
    early = agent.learn(30 * 500).regret.mean()
    late = agent.learn(30 * 1000).regret.mean() - early
    assert np.isin(agent.best(), rules.copeland_winners).all() and late < early * 0.5  # in twice as many duels


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="alpha=0"):
        DoubleThompson(duels(CIRCLE, 2), alpha=0.0)
