"""Optimistic Hedge: its bound, right hints, and faster play in games than without."""

import math

import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.agents import OptimisticHedge
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import OnlineLosses

ONE = np.zeros(1, dtype=int)


class Knowing(OptimisticHedge):
    """It is told the next gradient."""

    def hint(self):
        return self.ahead[None] if hasattr(self, "ahead") else np.zeros((1, self.dimension))


def made(d, kind=OptimisticHedge, **options):
    return kind(Spaces(spaces.Box(-1, 1, (1,)), spaces.Box(-1, 1, (d,))), **options)


def regret(agent, gradients):
    lost, missed = 0.0, 0.0
    for g in gradients:
        agent.ahead = g
        p, m = agent.point()[0], agent.hint()[0]
        agent.feed(ONE, g[None])
        lost, missed = lost + g @ p, missed + np.abs(g - m).max() ** 2
    return lost - gradients.sum(0).min(), missed


def test_with_a_perfect_hint_the_regret_does_not_grow():
    for T in (50, 1000):
        gradients = np.random.default_rng(T).random((T, 8))
        assert regret(made(8, Knowing, eta=0.5), gradients)[0] <= math.log(8) / 0.5 + 1e-9


@pytest.mark.parametrize("trust", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["random", "turns", "same", "slow"])
def test_its_bound_holds(trust, kind):
    T, d, rng = 600, 5, np.random.default_rng(0)
    gradients = {
        "random": rng.random((T, d)),
        "turns": np.eye(d)[np.arange(T) % d],
        "same": np.tile(rng.random(d), (T, 1)),
        "slow": 0.5 + 0.5 * np.cos(np.arange(T)[:, None] / 100 + np.arange(d)),
    }[kind]
    agent = made(d, trust=trust)
    lost, missed = regret(agent, gradients)
    assert missed == pytest.approx(agent.missed[0])
    assert lost <= 2 * math.sqrt(math.log(d) * (1 + missed)) + 1e-9


def test_without_hints_it_is_exponential_weights():
    agent, total = made(4, eta=0.4, trust=0.0), np.zeros(4)
    for g in np.random.default_rng(0).random((30, 4)):
        agent.feed(ONE, g[None])
        total += g
        weights = np.exp(-0.4 * total)
        np.testing.assert_allclose(agent.point()[0], weights / weights.sum(), rtol=1e-12)


def test_two_of_them_find_an_equilibrium_faster_with_hints_than_without():
    matrix, gaps = np.random.default_rng(3).uniform(-1, 1, (6, 6)), {}
    for trust in (0.0, 1.0):
        x, y = made(6, eta=0.25, trust=trust), made(6, eta=0.25, trust=trust)
        mean_x, mean_y = np.zeros(6), np.zeros(6)
        for _ in range(800):
            p, q = x.point()[0], y.point()[0]
            x.feed(ONE, (matrix @ q)[None])  # the row player pays
            y.feed(ONE, (-p @ matrix)[None])
            mean_x, mean_y = mean_x + p / 800, mean_y + q / 800
        gaps[trust] = (mean_x @ matrix).max() - (matrix @ mean_y).min()
    # each regret is at most ln 6 / η in a game (Rakhlin and Sridharan): together over T rounds
    assert gaps[1.0] <= 2 * math.log(6) / 0.25 / 800 and gaps[1.0] < 0.3 * gaps[0.0]


def test_in_an_environment_it_keeps_its_bound():
    envs = WorldVectorEnv(OnlineLosses(domain="simplex", dimension=3, sequence="adaptive", rounds=500), 1)
    agent = OptimisticHedge(envs, seed=0).learn(500)
    assert 0 < agent.regret[0] <= 2 * math.sqrt(math.log(3) * (1 + agent.missed[0])) + 1e-3


def test_mistakes_are_named():
    for option in ({"eta": -1.0}, {"largest": 0.0}, {"trust": -0.5}, {"domain": "ball"}):
        with pytest.raises(BadOption, match=next(iter(option))):
            made(3, **option)
