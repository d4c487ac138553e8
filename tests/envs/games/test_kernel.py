"""Running sums of a game against the definitions, from all rounds at once: regret, coarse gap, exploitability."""

import itertools

import numpy as np
import pytest

from rewardlab.core import game
from rewardlab.core.rng import Streams
from rewardlab.envs.games.kernel import Game


def opened(**fields):
    rules = Game(**fields)
    rules._open()
    return rules


def padded(mixes, most):
    return np.stack([np.pad(x, (0, most - len(x))) for x in mixes])


GAMES = [
    {"law": "zero_sum", "size": 4},
    {"law": "prisoners_dilemma"},
    {"payoffs": np.random.default_rng(0).normal(size=(2, 2, 5))},
    {"payoffs": np.random.default_rng(1).normal(size=(3, 2, 3, 4))},
]


@pytest.mark.parametrize("fields", GAMES)
def test_payoff_vectors_are_the_sums_over_joint_actions(fields):
    rules, rng = opened(**fields), np.random.default_rng(2)
    mixes = [[rng.dirichlet(np.ones(k)) for k in rules.sizes] for _ in range(5)]
    shown = rules.expected(np.stack([padded(m, rules.most) for m in mixes]))
    for row, m in zip(shown, mixes, strict=True):
        np.testing.assert_allclose(row, padded(game.deviations(rules.table, m), rules.most), atol=1e-12)
    for joint in itertools.product(*map(range, rules.sizes)):
        action = np.array([joint])
        np.testing.assert_array_equal(rules.against(action), rules.expected(rules.one_hot(action)))


@pytest.mark.parametrize("fields", GAMES)
def test_columns_are_what_all_rounds_together_say(fields):
    rules, rng = opened(**fields), np.random.default_rng(3)
    n, t, streams = 4, 30, Streams(range(4))
    plays = np.stack([rng.integers(0, k, (t, n)) for k in rules.sizes], axis=-1)  # [T, n, P]
    state, grown = rules.begin(n, Streams(range(n))), np.zeros(n)
    for k in range(t):
        state, columns = rules.play(state, rules.one_hot(plays[k]), rules.against(plays[k]), streams)
        grown += columns["pseudo_regret"]
        if k not in (0, 6, t - 1):
            continue
        for i in range(n):
            joint = np.zeros(rules.sizes)
            np.add.at(joint, tuple(plays[: k + 1, i].T), 1.0 / (k + 1))
            gains = [g.max() for g in game.coarse_gains(rules.table, joint)]
            np.testing.assert_allclose(columns["regret"][i], np.array(gains) * (k + 1), atol=1e-10)
            np.testing.assert_allclose(columns["coarse_gap"][i], game.coarse_gap(rules.table, joint), atol=1e-10)
            marginals = [joint.sum(tuple(a for a in range(len(rules.sizes)) if a != p)) for p in range(rules.players)]
            np.testing.assert_allclose(
                columns["exploitability"][i], game.exploitability(rules.table, marginals), atol=1e-10
            )
            np.testing.assert_allclose(columns["reward_vector"][i], rules.table[(slice(None), *plays[k, i])])
            np.testing.assert_allclose(grown[i], columns["regret"][i, 0], atol=1e-10)


def test_rows_do_not_depend_on_how_many_there_are():
    rules, rng = opened(law="zero_sum", size=50), np.random.default_rng(0)
    mixes = rng.dirichlet(np.ones(50), size=(7, 2))
    whole = rules.play(rules.begin(7, Streams(range(7))), mixes, rules.expected(mixes), Streams(range(7)))[1]
    for i in range(7):
        own = mixes[i : i + 1]
        alone = rules.play(rules.begin(1, Streams([0])), own, rules.expected(own), Streams([i]))[1]
        for name, column in alone.items():
            np.testing.assert_array_equal(column[0], whole[name][i], err_msg=name)


def test_drawn_wins_come_with_their_chances():
    rules = opened(law="cyclic", size=5, drawn=True)
    n = 40_000
    action = np.tile([1, 2], (n, 1))
    columns = rules.play(
        rules.begin(n, Streams(range(n))), rules.one_hot(action), rules.against(action), Streams(range(n))
    )[1]
    won, chance = columns["reward_vector"], rules.table[0, 1, 2]
    assert set(np.unique(won)) == {0.0, 1.0} and (won.sum(1) == 1).all()
    assert abs(won[:, 0].mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / n)
    np.testing.assert_array_equal(columns["payoff_vector"][:, 0, 1], np.full(n, chance))
