"""Tsallis-INF: its normaliser, its regret over all games, and the logarithm where pay is random."""

import math

import numpy as np
import pytest
from exact_bandits import bernoulli, mean_and_error, played

from rewardlab.agents import Exp3, TsallisINF
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import AdversarialBandit


def test_chances_solve_the_equation_of_the_leader():
    agent = TsallisINF(bernoulli((0.1, 0.2, 0.3, 0.4), 1), seed=0)
    rng = np.random.default_rng(0)
    losses, eta = rng.exponential(20.0, (500, 4)) * rng.random((500, 1)), 2 / np.sqrt(np.arange(1, 501))
    p = agent.law(losses, eta)
    np.testing.assert_allclose(p.sum(1), 1.0, atol=1e-12)
    # p = 4 (η (L − x))⁻² for one x: x = L − 2 / (η √p) is the same for all arms.
    x = losses - 2 / (eta[:, None] * np.sqrt(p))
    np.testing.assert_allclose(x, x[:, :1] + np.zeros(4), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose((4 / (eta[:, None] * (losses - x.mean(1, keepdims=True))) ** 2).sum(1), 1.0, rtol=1e-9)


def test_two_arms_have_a_closed_form():
    # With L = (0, D), √p = s: 1/√(1 − s²) − 1/s = −η D / 2; s from a plain search.
    agent = TsallisINF(bernoulli((0.1, 0.2), 1), seed=0)
    for gap, eta in ((0.3, 1.0), (5.0, 0.4), (40.0, 2.0)):
        low, high = 0.0, 1.0
        for _ in range(100):
            p = (low + high) / 2
            low, high = (p, high) if 1 / math.sqrt(p) - 1 / math.sqrt(1 - p) > eta * gap / 2 else (low, p)
        np.testing.assert_allclose(agent.law(np.array([[0.0, gap]]), np.array([eta]))[0, 1], p, rtol=1e-9)


def test_rates_fall_with_the_root_of_the_pulls():
    agent = TsallisINF(bernoulli((0.1, 0.2), 1), seed=0)
    for t in range(1, 6):
        agent._chance = agent.chances[0, [0]]
        agent.take(np.array([0]), np.array([0]), np.array([0.5]))
        np.testing.assert_array_equal(agent.chances, agent.law(agent.losses, np.array([2 / math.sqrt(t + 1)])))


def test_games_are_played_as_often_as_they_should_be():
    means, pulls, rows = (0.7, 0.3), 6, 6000
    agent = TsallisINF(bernoulli(means, 4**pulls), seed=0, independent=True)
    # All games of arms and pay: a game of four letters, 2 arm + pay.
    letters, rows_of = np.stack(np.unravel_index(np.arange(4**pulls), (4,) * pulls)), np.arange(4**pulls)
    chance, exact = np.ones(4**pulls), 0.0
    for letter in letters:
        arm, pay = letter // 2, letter % 2
        agent._chance = agent.chances[rows_of, arm]
        chance = chance * agent._chance * np.where(pay == 1, np.array(means)[arm], 1 - np.array(means)[arm])
        exact = exact + 0.4 * (arm == 1)
        agent.take(rows_of, arm, pay.astype(float))
    mean, error = mean_and_error(played(TsallisINF, means, rows, pulls)[1][0])
    assert abs(mean - chance @ exact) < 3.5 * error < 0.05 * mean
    assert chance.sum() == pytest.approx(1.0, abs=1e-12)


def test_where_pay_is_random_its_regret_grows_by_the_logarithm():
    means = (0.9, 0.5, 0.5)
    regret = played(TsallisINF, means, 200, 1000, at=[100, 316, 1000])[1]
    first, second = np.diff(regret, axis=0).mean(1)
    error = np.diff(regret, n=2, axis=0)[0].std() / math.sqrt(200)
    assert second - first < 0.35 * first and 3 * error < 0.5 * first  # a root would add 0.78 of it
    mean, error = mean_and_error(regret[-1])
    other, more = mean_and_error(played(Exp3, means, 100, 1000)[1][0])
    assert other - mean > 3 * math.hypot(error, more)


@pytest.mark.parametrize("sequence", ["switching", "adaptive"])
def test_its_regret_is_a_root_against_any_losses(sequence):
    arms, rounds = 5, 1200
    rules = AdversarialBandit(arms=arms, sequence=sequence, rounds=rounds)
    agent = TsallisINF(WorldVectorEnv(rules, 40), seed=0, independent=True, low=-1.0, high=0.0).learn(40 * rounds)
    mean, error = mean_and_error(agent.regret)
    assert mean + 3 * error < 4 * math.sqrt(arms * rounds) + 1
