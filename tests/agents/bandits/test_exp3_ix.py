"""Exp3-IX: estimates that are too small by a known factor, and a regret that hardly varies."""

import math

import numpy as np
from exact_bandits import all_games, bernoulli

from rewardlab.agents import Exp3, Exp3IX
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import AdversarialBandit

LOSSES = np.array([[0.1, 0.9, 0.5], [1.0, 0.0, 0.3], [0.2, 0.7, 0.0], [0.6, 0.6, 1.0], [0.0, 0.8, 0.4]])


def test_the_first_estimates_are_a_closed_form():
    agent = Exp3IX(bernoulli((0.1, 0.2, 0.3), 3), seed=0, independent=True)
    chance, _ = all_games(agent, LOSSES[:1])
    gamma = math.sqrt(math.log(3) / 3) / 2
    np.testing.assert_allclose(agent.losses, np.diag(LOSSES[0] / (1 / 3 + gamma)), rtol=1e-12)
    np.testing.assert_allclose(chance, 1 / 3)
    weight = np.exp(-math.sqrt(math.log(3) / 6) * agent.losses)
    np.testing.assert_allclose(agent.chances, weight / weight.sum(1, keepdims=True), rtol=1e-12)


def test_estimates_are_too_small_on_average_by_p_over_p_plus_gamma():
    agent = Exp3IX(bernoulli((0.1, 0.2, 0.3), 3**5), seed=0, independent=True)
    rows, expected, bound = np.arange(3**5), np.zeros((3**5, 3)), LOSSES.sum(0)
    chance, _ = all_games(agent, LOSSES)
    other = Exp3IX(bernoulli((0.1, 0.2, 0.3), 3**5), seed=0, independent=True)
    games = all_games(other, LOSSES)[1]
    again = Exp3IX(bernoulli((0.1, 0.2, 0.3), 3**5), seed=0, independent=True)
    for t in range(5):
        gamma = math.sqrt(math.log(3) / (3 * (t + 1))) / 2
        expected += LOSSES[t] * again.chances / (again.chances + gamma)
        again._chance = again.chances[rows, games[t]]
        again.take(rows, games[t], 1 - LOSSES[t, games[t]])
    np.testing.assert_allclose(chance @ agent.losses, chance @ expected, rtol=1e-12)
    assert (chance @ agent.losses < bound).all() and (chance @ agent.losses > 0.3 * bound).all()


def test_its_regret_varies_less_than_that_of_plain_weights():
    # With losses that turn after a while the estimates of a seldom pulled arm are large: its regret has a long tail.
    arms, rounds, rows = 5, 1500, 100
    rules = AdversarialBandit(arms=arms, sequence="switching", rounds=rounds)
    spread = {}
    for kind in (Exp3, Exp3IX):
        agent = kind(WorldVectorEnv(rules, rows), seed=0, independent=True, low=-1.0, high=0.0, rate=0.05)
        spread[kind] = agent.learn(rows * rounds).regret.var(ddof=1)
    assert spread[Exp3IX] < 0.5 * spread[Exp3]  # F(99, 99) is below 1/2 by chance in 3 of 10,000 cases
