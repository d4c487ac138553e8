"""Copeland bounds: every duel by the definition, its regret by dynamic programming, and winners without a best arm."""

import numpy as np
import pytest
from exact_bandits import check_pairs, duel_bounds, duels, exact_duel_regret, mean_and_error

from rewardlab.agents import RUCB, Copeland
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DuelingBandit

# Arm 0 beats three of four others, and no other arm more than two: it is no Condorcet winner, for arm 4 beats it.
ALMOST = np.full((5, 5), 0.5)
for _one, _other in ((0, 1), (0, 2), (0, 3), (4, 0), (1, 2), (2, 3), (3, 1), (1, 4), (2, 4), (3, 4)):
    ALMOST[_one, _other], ALMOST[_other, _one] = 0.85, 0.15


def test_every_duel_is_one_of_the_definition():
    def fits(upper, lower, one, other):
        score = (upper >= 0.5).sum(1)
        allowed = lower[:, one] <= 0.5
        most = upper[other, one] >= upper[allowed, one].max() - 1e-12
        rivals = np.delete(np.where(allowed, upper[:, one], -1), one)
        return score[one] == score.max() and allowed[other] and most and (other != one or rivals.max() < 0.5)

    check_pairs(Copeland(duels(ALMOST.tolist(), 3), seed=0, independent=True), 250, fits)


def law(w, v, t):
    """Two arms: they meet while either may be the better one, and then the better one meets itself."""
    one, other = duel_bounds(w, v, t)[0] >= 0.5, duel_bounds(v, w, t)[0] >= 0.5
    return np.stack([one & other, one & ~other, other & ~one], 1).astype(float)


def test_its_regret_with_two_arms_is_that_of_dynamic_programming():
    exact = exact_duel_regret(law, 0.7, 150)
    agent = Copeland(duels([[0.5, 0.7], [0.3, 0.5]], 2500), seed=1, independent=True)
    for at, more in ((30, 30), (150, 120)):
        mean, error = mean_and_error(agent.learn(2500 * more).regret)
        assert abs(mean - exact[at - 1]) < 3.5 * error < 0.2 * exact[at - 1]


def test_it_comes_to_rest_at_a_copeland_winner_where_nobody_beats_all():
    rules = DuelingBandit(preferences=ALMOST.tolist(), pulls=2000)
    assert rules.condorcet_winner is None and rules.copeland_winners.tolist() == [0]
    regret = {}
    for kind in (Copeland, RUCB):
        agent = kind(WorldVectorEnv(rules, 30), seed=0, independent=True)
        at = [agent.learn(30 * more).regret.mean() for more in (200, 432, 1368)]  # until 200, 632 and 2000
        regret[kind] = np.diff(at)
        if kind is Copeland:
            assert (agent.best() == 0).mean() >= 0.95
    assert regret[Copeland][1] < 1.2 * regret[Copeland][0]  # a logarithm grows alike in both
    assert regret[RUCB][1] > 2.2 * regret[RUCB][0]  # a line by 3.2 times as much


def test_a_circle_has_three_winners():
    rules = DuelingBandit(arms=5, law="cyclic", pulls=1000)
    agent = Copeland(WorldVectorEnv(rules, 40), seed=0, independent=True).learn(40 * 1000)
    assert np.isin(agent.best(), rules.copeland_winners).all() and len(rules.copeland_winners) == 3


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="alpha=0"):
        Copeland(duels(ALMOST.tolist(), 2), alpha=0.0)
