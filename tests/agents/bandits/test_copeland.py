"""CCB: lists and duels by the definition, regret by dynamic programming, and winners without a best arm."""

import numpy as np
import pytest
from exact_bandits import duel_bounds, duels, exact_duel_regret, mean_and_error, watched

from rewardlab.agents import RUCB, Copeland
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DuelingBandit

# Arm 0 beats three of four others, and no other arm more than two: it is no Condorcet winner, for arm 4 beats it.
ALMOST = np.full((5, 5), 0.5)
for _one, _other in ((0, 1), (0, 2), (0, 3), (4, 0), (1, 2), (2, 3), (3, 1), (1, 4), (2, 4), (3, 4)):
    ALMOST[_one, _other], ALMOST[_other, _one] = 0.85, 0.15


def limits(agent, m):
    """Upper and lower bounds [K, K] before the next duel of memory m."""
    w = agent.wins[m]
    upper, lower = duel_bounds(w, w.T, agent.duels[m], agent.alpha)
    np.fill_diagonal(upper, 0.5)
    np.fill_diagonal(lower, 0.5)
    return upper, lower


def scores(upper, lower):
    """How many others each arm may beat, and surely does not lose to."""
    return (upper >= 0.5).sum(1) - 1, (lower >= 0.5).sum(1) - 1


def told(upper, lower, k, likely, beaten_by, most_lost):
    """The lists after a step of Algorithm 1, as sets; of those that are to be cut, all arms they are cut from."""
    most, least = scores(upper, lower)
    anew: tuple = set(range(k)), [set() for _ in range(k)], k
    if any(lower[i, j] > 0.5 for i in range(k) for j in beaten_by[i]):
        likely, beaten_by, most_lost = anew
    for i in sorted(likely):
        if any(most[i] < least[j] for j in range(k)):
            likely = likely - {i}
            if len(beaten_by[i]) != most_lost + 1:
                beaten_by = [*beaten_by[:i], {j for j in range(k) if upper[i, j] < 0.5}, *beaten_by[i + 1 :]]
    if not likely:
        likely, beaten_by, most_lost = anew
    for i in range(k):
        if most[i] == most.max() == least[i]:
            likely, most_lost = likely | {i}, k - 1 - most[i]
            beaten_by = [set() if j == i or len(b) < most_lost + 1 else b for j, b in enumerate(beaten_by)]
    return likely, beaten_by, most_lost


def chances(upper, lower, likely, beaten_by):
    """[K, K] of the next duel, by the definition."""
    k, out = len(upper), np.zeros((len(upper), len(upper)))
    asked = [(i, j) for i in range(k) for j in beaten_by[i] if lower[i, j] <= 0.5 <= upper[i, j]]
    for pair in asked:
        out[pair] += 1 / 4 / len(asked)
    most = scores(upper, lower)[0]
    able = {i for i in range(k) if most[i] == most.max()}
    weights = [(able & likely, 2 / 3), (able, 1 / 3)] if able & likely else [(able, 1.0)]
    for arms, weight in weights:
        for c in arms:
            for listed in (True, False):
                rivals = {j for j in range(k) if lower[j, c] <= 0.5 and (j in beaten_by[c] or not listed)}
                if not rivals:
                    rivals = {j for j in range(k) if lower[j, c] <= 0.5}
                highest = max(upper[j, c] for j in rivals)
                tied = [j for j in rivals if upper[j, c] == highest]
                tied = [j for j in tied if j != c] or tied
                for d in tied:
                    out[c, d] += weight / len(arms) / 2 / len(tied) * (3 / 4 if asked else 1)
    return out


def sets(agent, m):
    """What memory m holds: B, each B_i and L_C."""
    rivals = [set(np.flatnonzero(row).tolist()) for row in agent.rivals[m]]
    return set(np.flatnonzero(agent.candidates[m]).tolist()), rivals, int(agent.losses[m])


@pytest.mark.parametrize(("alpha", "clear"), [(0.51, 1.0), (0.05, 0.3)])  # the second errs, so that lists begin anew
def test_lists_and_duels_are_those_of_the_definition(alpha, clear):
    preferences, k = 0.5 + clear * (ALMOST - 0.5), 5
    agent = Copeland(duels(preferences.tolist(), 4), seed=0, independent=True, alpha=alpha)
    before, cut, begun, compared = [sets(agent, m) for m in range(4)], 0, 0, 0
    for t in range(300):
        chance = [chances(*limits(agent, m), *before[m][:2]) for m in range(4)]
        if t in (60, 250):
            met = agent.wins + agent.wins.transpose(0, 2, 1)
            rng, drawn, n = np.random.default_rng(t), np.zeros((4, k, k)), 2000
            for _ in range(n):
                one, other = agent.pair(met, agent.duels + 1, rng).T
                drawn[np.arange(4), one, other] += 1 / n
            error = np.sqrt(np.array(chance) * (1 - np.array(chance)) / n)
            assert (np.abs(drawn - chance) <= 4.5 * error + 1e-12).all()
            compared += 1
        pairs, _ = watched(agent, 1)
        for m, (one, other) in enumerate(pairs[0]):
            assert chance[m][one, other] > 0
            upper, lower = limits(agent, m)
            expected, now = told(upper, lower, k, *before[m]), sets(agent, m)
            assert now[0] == expected[0] and now[2] == expected[2]
            for held, whole in zip(now[1], expected[1], strict=True):
                most = expected[2] + 1
                assert held == whole if len(whole) <= most else held < whole and len(held) == most
                cut += held != whole
            begun += any(limits(agent, m)[1][i, j] > 0.5 for i in range(k) for j in before[m][1][i])
            before[m] = now
    assert compared == 2 and (clear == 1.0 or (begun > 0 and cut > 0)), (begun, cut)


@pytest.mark.parametrize("instance", range(4))
def test_winners_stay_candidates_while_the_bounds_hold_and_in_the_end_no_others_are(instance):
    rules = DuelingBandit(arms=6, law=("random", "cyclic")[instance % 2], instance=instance)
    P = np.where(np.abs(rules.P - 0.5) < 0.2, np.where(rules.P > 0.5, 0.7, 0.3), rules.P)  # no duel takes for ever
    np.fill_diagonal(P, 0.5)
    beats = [sum(P[i, j] > 0.5 for j in range(6)) for i in range(6)]
    winners = np.array(beats) == max(beats)
    agent = Copeland(duels(P.tolist(), 4), seed=instance, independent=True)
    holds, dropped = np.ones(4, dtype=bool), np.zeros(4, dtype=bool)
    for _ in range(1200):
        agent.learn(4)
        for m in range(4):
            upper, lower = limits(agent, m)
            holds[m] &= ((lower <= P) & (upper >= P)).all()
        dropped |= (winners & ~agent.candidates).any(1)
    assert not (holds & dropped).any() and holds.any()
    np.testing.assert_array_equal(agent.candidates[holds], np.tile(winners, (holds.sum(), 1)))
    assert (agent.losses[holds] == 5 - max(beats)).all()


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
