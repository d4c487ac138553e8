"""Exp3: its weights, its regret over all games of a few pulls, and against losses of any kind."""

import math

import numpy as np
import pytest
from exact_bandits import all_games, bernoulli, mean_and_error, played

from rewardlab.agents import Exp3
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import AdversarialBandit

LOSSES = np.random.default_rng(3).random((7, 2)) ** [[2.0, 0.5]]


def test_weights_are_exponential_with_a_falling_rate():
    agent = Exp3(bernoulli((0.1, 0.2, 0.3), 1), seed=0)
    losses = 0.0
    for t, (arm, pay) in enumerate([(0, 0.0), (2, 0.5), (0, 1.0), (1, 0.2)], start=1):
        agent._chance = agent.chances[0, [arm]]
        losses = losses + (1 - pay) / agent.chances[0, arm] * np.eye(3)[arm]
        agent.take(np.array([0]), np.array([arm]), np.array([pay]))
        weight = np.exp(-math.sqrt(math.log(3) / (3 * (t + 1))) * losses)
        np.testing.assert_allclose(agent.chances[0], weight / weight.sum(), rtol=1e-12)


def test_games_are_played_as_often_as_they_should_be():
    agent = Exp3(bernoulli((0.1, 0.2), 2**7), seed=0, independent=True)
    chance, games = all_games(agent, LOSSES)
    exact = chance @ np.take_along_axis(LOSSES, games, 1).sum(0)
    rows, rng = 20_000, np.random.default_rng(0)
    agent = Exp3(bernoulli((0.1, 0.2), rows), seed=0, independent=True)
    lost = np.zeros(rows)
    for loss in LOSSES:
        arm = agent.pull(rows, rng)
        agent._chance = agent.chances[np.arange(rows), arm]
        agent.take(np.arange(rows), arm, 1 - loss[arm])
        lost += loss[arm]
    mean, error = mean_and_error(lost)
    assert abs(mean - exact) < 3.5 * error < 0.02 * exact
    assert exact - LOSSES.sum(0).min() < 2 * math.sqrt(7 * 2 * math.log(2))


@pytest.mark.parametrize("sequence", ["switching", "adaptive"])
def test_its_regret_is_a_root_against_any_losses(sequence):
    arms, rounds = 5, 1500
    rules = AdversarialBandit(arms=arms, sequence=sequence, rounds=rounds)
    agent = Exp3(WorldVectorEnv(rules, 40), seed=0, independent=True, low=-1.0, high=0.0).learn(40 * rounds)
    mean, error = mean_and_error(agent.regret)
    assert mean + 3 * error < 2 * math.sqrt(arms * rounds * math.log(arms))
    assert mean > -math.sqrt(rounds)


def test_a_constant_rate_that_is_too_large_is_worse():
    means = (0.6, 0.5, 0.5)
    own, error = mean_and_error(played(Exp3, means, 200, 1000)[1][0])
    # The bound of the theorem on this instance, and by how much a random player loses.
    assert own + 3 * error < min(2 * math.sqrt(3 * 1000 * math.log(3)), 1000 * 0.2 / 3)
    large, other = mean_and_error(played(Exp3, means, 200, 1000, rate=2.0)[1][0])
    assert large - own > 3 * math.hypot(error, other)
