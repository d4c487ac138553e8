"""Duels: winners of all kinds against enumeration, regret against its formula, wins against P."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DuelingBandit

LAWS = ("bradley_terry", "cyclic", "random")
every = pytest.mark.parametrize("law", LAWS)
CIRCLE = [[0.5, 0.9, 0.2], [0.1, 0.5, 0.7], [0.8, 0.3, 0.5]]


@every
@pytest.mark.parametrize("instance", range(6))
def test_winners_are_those_of_enumeration(law, instance):
    rules = DuelingBandit(arms=6, law=law, instance=instance)
    P = rules.P
    np.testing.assert_allclose(P + P.T, 1.0, atol=1e-15)
    beats = [[j for j in range(6) if P[i, j] > 0.5] for i in range(6)]
    np.testing.assert_allclose(rules.copeland_scores, [len(b) / 5 for b in beats])
    champions = [i for i in range(6) if len(beats[i]) == 5]
    assert rules.condorcet_winner == (champions[0] if champions else None)
    assert (law == "bradley_terry") <= bool(champions) and not (champions and law == "cyclic")
    most = max(map(len, beats))
    assert rules.copeland_winners.tolist() == [i for i in range(6) if len(beats[i]) == most]
    assert len(rules.copeland_winners) == 3 or law != "cyclic"
    np.testing.assert_allclose(rules.borda_scores, [np.delete(P[i], i).mean() for i in range(6)])
    for i, j in itertools.product(range(6), repeat=2):
        if champions:
            lost = ((P[champions[0], i] - 0.5) + (P[champions[0], j] - 0.5)) / 2
        else:
            lost = most / 5 - (len(beats[i]) + len(beats[j])) / 10
        assert rules.regrets[i, j] == pytest.approx(lost, abs=1e-12)
        assert (rules.regrets[i, j] == 0) == (i in rules.copeland_winners and j in rules.copeland_winners)


@every
def test_nobody_beats_the_von_neumann_winner(law):
    for instance in range(10):
        rules = DuelingBandit(arms=7, law=law, instance=instance)
        p = rules.von_neumann_winner
        assert p.min() >= 0 and p.sum() == pytest.approx(1.0)
        assert (p @ rules.P).min() == pytest.approx(0.5, abs=1e-9)  # the value of a game of two alike
        if rules.condorcet_winner is not None:
            np.testing.assert_allclose(p, np.eye(7)[rules.condorcet_winner], atol=1e-9)
    # in a circle the chance of each arm is the margin of the duel that it is not in
    circle = DuelingBandit(preferences=CIRCLE).von_neumann_winner
    np.testing.assert_allclose(circle, np.array([0.2, 0.3, 0.4]) / 0.9, atol=1e-9)


def test_strengths_make_a_chain_of_odds():
    P = DuelingBandit(arms=5, instance=2).P
    odds = np.log(P / (1 - P))
    np.testing.assert_allclose(odds[0, 1] + odds[1, 2], odds[0, 2], atol=1e-12)
    s = np.random.default_rng(2).normal(size=5)
    np.testing.assert_allclose(odds, s[:, None] - s, atol=1e-12)


@every
def test_duels_are_won_as_often_as_p_says(law):
    rules, n = DuelingBandit(arms=3, law=law), 9000
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=0)
    pairs = np.array(list(itertools.product(range(3), repeat=2)))[np.arange(n) % 9]
    obs, reward, _, _, info = envs.step(pairs)
    obs = obs.reshape(n, 2, 3, 3)
    for i, j in itertools.product(range(3), repeat=2):
        own = (pairs == (i, j)).all(1)
        assert stats.binomtest(int(reward[own].sum()), int(own.sum()), rules.P[i, j]).pvalue > 0.001
        np.testing.assert_array_equal(info["pseudo_regret"][own], rules.regrets[i, j])
        assert (obs[own, 0, i, j] == np.float32(1 / 1000)).all() and (obs[own, 1, i, j] == reward[own]).all()
    np.testing.assert_array_equal(info["best_arm"], rules.best_arm)
    np.testing.assert_array_equal(info["success"], info["pseudo_regret"] == 0)
    assert obs.sum() == pytest.approx(n / 1000 + reward.sum(), rel=1e-5)


def test_the_table_shown_is_that_of_all_duels():
    rules = DuelingBandit(arms=3, pulls=40)
    envs = WorldVectorEnv(rules, 2)
    envs.reset(seed=0)
    dice, met, won = np.random.default_rng(0), np.zeros((2, 3, 3)), np.zeros((2, 3, 3))
    for _ in range(39):
        pair = dice.integers(0, 3, (2, 2))
        obs, reward, *_ = envs.step(pair)
        for row in range(2):
            met[row][tuple(pair[row])] += 1
            won[row][tuple(pair[row])] += reward[row]
    shown = np.stack([met / 40, won / np.maximum(met, 1)], axis=1).reshape(2, 18)
    np.testing.assert_allclose(obs, shown, atol=1e-6)
    told = rules.text(envs.get_state()["state"], 1).splitlines()
    assert told[0] == "duel 39 of 40" and len(told) == 1 + (met[1] > 0).sum()
    assert f"0 against 1: won {won[1, 0, 1]:.0f} of {met[1, 0, 1]:.0f}" in told


@every
def test_known_returns_and_the_table_of_regret(law):
    rules = DuelingBandit(arms=4, law=law, pulls=9)
    card, mdp = rules.card(), rules.to_mdp()
    assert card.random_return == pytest.approx(9 * rules.P.mean()) and card.optimal_return == 9 * rules.P.max()
    assert mdp.solve().value == 0.0  # who knows the best loses nothing
    assert mdp.evaluate(np.full((10, 16), 1 / 16)).value == pytest.approx(-9 * rules.regrets.mean())
    assert ("Copeland" in card.info["pseudo_regret"]) == (rules.condorcet_winner is None)


@every
def test_torch_steps_as_numpy_does(law):
    rules = DuelingBandit(arms=4, law=law, pulls=6)
    a, b = WorldVectorEnv(rules, 5), WorldVectorEnv(rules, 5, device="cpu")
    a.reset(seed=1), b.reset(seed=1)
    dice = np.random.default_rng(2)
    for _ in range(14):
        action = dice.integers(0, 4, (5, 2))
        (x, *left, first), (y, *right, second) = a.step(action), b.step(torch.as_tensor(action))
        np.testing.assert_array_equal(x, y.numpy())
        for p, q in zip(left, right, strict=True):
            np.testing.assert_array_equal(p, q.numpy())
        for key in {"pseudo_regret", "best_arm", "success"} & first.keys():
            np.testing.assert_array_equal(first[key], second[key].numpy())


def test_pictures_show_duels():
    envs = WorldVectorEnv(DuelingBandit(arms=3), 1, render_mode="rgb_array")
    envs.reset(seed=0)
    empty = envs.render()[0]
    envs.step([[0, 1]])
    assert (envs.render()[0] != empty).any()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"law": "bradley"}, "did you mean 'bradley_terry'"),
        ({"arms": 1}, "1 arms"),
        ({"arms": 2, "law": "cyclic"}, "2 arms with law"),
        ({"preferences": [[0.5, 0.6]]}, "preferences of shape"),
        ({"preferences": [[0.5, 0.6], [0.6, 0.5]]}, "P' = 1"),
        ({"preferences": [[0.5, 1.6], [-0.6, 0.5]]}, "P' = 1"),
        ({"preferences": [[0.4, 0.6], [0.4, 0.6]]}, "P' = 1"),
        ({"preferences": [[0.5, float("nan")], [0.4, 0.5]]}, "P' = 1"),
        ({"pulls": 0}, "pulls=0"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        DuelingBandit(**fields)
