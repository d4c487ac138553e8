"""Recommenders: tastes of low rank, ratings with exact means, and what is gained by knowing who comes."""

import numpy as np
import pytest
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import RecommenderBandit


def test_tastes_are_of_low_rank_and_linear_in_what_is_shown():
    rules = RecommenderBandit(items=30, users=50, rank=4)
    assert np.linalg.matrix_rank(rules.table - 0.5, tol=1e-9) == 4
    tastes = rules.user_factors @ np.diag(rules.strengths) @ rules.item_factors.T
    np.testing.assert_allclose(rules.table, 0.5 + tastes / 2, atol=1e-12)
    assert rules.table.min() >= 0 and rules.table.max() <= 1
    assert np.abs(rules.table - 0.5).max() == pytest.approx(0.5)
    np.testing.assert_allclose(rules.shown @ rules.theta, rules.table, atol=1e-6)
    envs = WorldVectorEnv(rules, 20)
    obs, info = envs.reset(seed=0)
    np.testing.assert_array_equal(obs, rules.shown[info["user"]])


def test_ratings_are_1_to_5_with_the_mean_of_the_table():
    rules = RecommenderBandit(items=2, users=1, rank=1, instance=3)
    envs = WorldVectorEnv(rules, 20_000)
    envs.reset(seed=0)
    _, reward, *_, info = envs.step(np.arange(20_000) % 2)
    np.testing.assert_array_equal(reward, (info["rating"] - 1) / 4)
    for item in (0, 1):
        counts = np.bincount(info["rating"][item::2] - 1, minlength=5)
        law = stats.binom(4, rules.table[0, item]).pmf(range(5))
        possible = law > 1e-12
        assert (counts[~possible] == 0).all()
        assert possible.sum() == 1 or stats.chisquare(counts[possible], 10_000 * law[possible]).pvalue > 0.001


def test_a_rating_between_the_ends_is_binomial():
    rules = RecommenderBandit(items=2, users=3, rank=2)
    user, item = np.unravel_index(np.abs(rules.table - 0.4).argmin(), rules.table.shape)
    envs = WorldVectorEnv(rules, 20_000)
    _, shown = envs.reset(seed=0)
    rating = envs.step(np.full(20_000, item))[4]["rating"][shown["user"] == user]
    law = stats.binom(4, rules.table[user, item]).pmf(range(5))
    assert stats.chisquare(np.bincount(rating - 1, minlength=5), len(rating) * law).pvalue > 0.001


def test_known_returns_are_those_of_the_table_and_of_play():
    rules, n = RecommenderBandit(pulls=6), 3000
    card, mdp = rules.card(), rules.to_mdp()
    assert 6 * mdp.solve().value == pytest.approx(card.optimal_return, abs=1e-9)
    assert 6 * mdp.evaluate(np.full((100, 10), 0.1)).value == pytest.approx(card.random_return, abs=1e-9)
    assert card.random_return < rules.impersonal_value < card.optimal_return
    envs, dice = WorldVectorEnv(rules, n), np.random.default_rng(0)
    for known, choose in (
        (card.optimal_return, lambda user: rules.table[user].argmax(1)),
        (rules.impersonal_value, lambda user: np.full(n, rules.table.mean(0).argmax())),
        (card.random_return, lambda user: dice.integers(0, 10, n)),
    ):
        _, info = envs.reset(seed=1)
        total = 0.0
        for _ in range(6):
            _, reward, _, _, info = envs.step(choose(info["user"]))
            total = total + reward
        assert abs(total.mean() - known) < 3.5 * total.std() / np.sqrt(n)


def test_users_come_alike():
    _, info = WorldVectorEnv(RecommenderBandit(users=9), 9000).reset(seed=0)
    assert stats.chisquare(np.bincount(info["user"])).pvalue > 0.001


@pytest.mark.parametrize("fields", [{"items": 1}, {"users": 0}, {"rank": 0}, {"pulls": 0}])
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match=f"{next(iter(fields))}="):
        RecommenderBandit(**fields)
