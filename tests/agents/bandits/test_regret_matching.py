"""Regret matching: Blackwell's bound on every sequence, updates by hand, and a game that is solved."""

import math

import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.agents import RegretMatching
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.errors import BadOption
from rewardlab.core.saddle import nash
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import OnlineLosses

ONE = np.zeros(1, dtype=int)


def made(d, kind=RegretMatching, **options):
    return kind(Spaces(spaces.Box(-1, 1, (1,)), spaces.Box(-1, 1, (d,))), **options)


@pytest.mark.parametrize("kind", ["worst", "random", "turns", "same"])
def test_blackwells_bound_holds_on_every_sequence(kind):
    T, d, rng, agent = 500, 5, np.random.default_rng(0), made(5)
    lost, total, squares = 0.0, np.zeros(d), 0.0
    for t in range(T):
        p = agent.point()[0]
        g = {
            "worst": (p == p.max()).astype(float),
            "random": rng.normal(size=d),
            "turns": np.eye(d)[t % d],
            "same": np.arange(d) / d,
        }[kind]
        agent.feed(ONE, g[None])
        lost, total, squares = lost + g @ p, total + g, squares + ((g @ p - g) ** 2).sum()
        assert lost - total.min() <= max(agent.Q.max(), 0) + 1e-9
        assert np.linalg.norm(np.maximum(agent.Q, 0)) <= math.sqrt(squares) + 1e-9


def test_updates_by_hand():
    agent, Q = made(3), np.zeros(3)
    for g in np.random.default_rng(1).normal(size=(40, 3)):
        above = np.maximum(Q, 0)
        p = above / above.sum() if above.sum() > 0 else np.full(3, 1 / 3)
        np.testing.assert_allclose(agent.point()[0], p, rtol=1e-12)
        agent.feed(ONE, g[None])
        Q = Q + p @ g - g
        np.testing.assert_allclose(agent.Q[0], Q, rtol=1e-12, atol=1e-14)


def test_two_of_them_solve_a_game():
    matrix = np.array([[0.0, -1.0, 2.0], [1.0, 0.0, -1.0], [-2.0, 1.0, 0.0]])  # rock, paper, scissors with stakes
    x, y, mean = made(3), made(3), np.zeros((2, 3))
    for _ in range(1000):
        p, q = x.point()[0], y.point()[0]
        x.feed(ONE, (-matrix @ q)[None])
        y.feed(ONE, (p @ matrix)[None])
        mean += np.array([p, q]) / 1000
    exact = nash(matrix)
    gap = (matrix @ mean[1]).max() - (mean[0] @ matrix).min()
    assert 0 <= gap <= 0.15 and abs(exact.value) < 1e-9
    np.testing.assert_allclose(mean, [exact.row, exact.column], atol=0.12)


def test_in_an_environment_it_keeps_its_bound():
    envs = WorldVectorEnv(OnlineLosses(domain="simplex", dimension=3, sequence="adaptive", rounds=400), 1)
    agent = RegretMatching(envs, seed=0).learn(400)
    assert 0 < agent.regret[0] <= math.sqrt(3 * 400)
    with pytest.raises(BadOption, match="domain"):
        made(3, domain="box")
