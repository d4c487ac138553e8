"""Optimistic mirror descent: its bounds, hints that are right, and descent without hints."""

import math

import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.agents import OptimisticMirrorDescent
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import OnlineLosses


class Knowing(OptimisticMirrorDescent):
    """It is told the next gradient."""

    def hint(self):
        return self.ahead[None] if hasattr(self, "ahead") else np.zeros((1, self.dimension))


def made(d, domain, kind=OptimisticMirrorDescent, **options):
    return kind(Spaces(spaces.Box(-1, 1, (1,)), spaces.Box(-1, 1, (d,))), domain=domain, **options)


def least(domain, total):
    return {"simplex": total.min(), "ball": -np.linalg.norm(total), "box": -np.abs(total).sum()}[domain]


def regret(agent, gradients):
    """Regret, and Σ |g − m|²."""
    lost, missed, memory = 0.0, 0.0, np.zeros(1, dtype=int)
    for g in gradients:
        agent.ahead = g
        p, m = agent.point()[0], agent.hint()[0]
        agent.feed(memory, g[None])
        lost, missed = lost + g @ p, missed + ((g - m) ** 2).sum()
    return lost - least(agent.domain, gradients.sum(0)), missed


def drawn(T, d, seed=0):
    g = np.random.default_rng(seed).normal(size=(T, d))
    return g / np.linalg.norm(g, axis=1, keepdims=True)


@pytest.mark.parametrize("domain", ["simplex", "ball", "box"])
def test_with_a_perfect_hint_the_regret_does_not_grow(domain):
    for T in (50, 1000):
        lost, missed = regret(made(4, domain, Knowing, eta=0.5), drawn(T, 4))
        assert missed == 0 and lost <= made(4, domain).spread / 0.5 + 1e-9
    plain = regret(made(4, domain, eta=0.5, trust=0.0), drawn(1000, 4))[0]
    assert plain > 1.5 * made(4, domain).spread / 0.5


@pytest.mark.parametrize("domain", ["simplex", "ball", "box"])
@pytest.mark.parametrize("trust", [0.0, 1.0])
@pytest.mark.parametrize("speed", [0.0, 0.02, 2.0])
def test_its_bound_holds_and_slow_change_is_cheap(domain, trust, speed):
    T, angle = 600, speed * np.arange(600)
    gradients = np.stack([np.cos(angle), np.sin(angle), np.zeros(T)], 1)
    agent = made(3, domain, trust=trust, largest=2.0)
    lost, missed = regret(agent, gradients)
    assert lost <= 2 * math.sqrt(agent.spread * (4 + missed)) + 1e-9
    if trust and speed < 1:
        assert missed <= 1 + T * speed**2


@pytest.mark.parametrize("domain", ["simplex", "ball", "box"])
def test_without_hints_it_is_gradient_descent(domain):
    agent, x = made(3, domain, eta=0.2, trust=0.0), None
    x = agent.point()[0]
    for g in drawn(40, 3):
        agent.feed(np.zeros(1, dtype=int), g[None])
        x = agent.inside(x - 0.2 * g)
        np.testing.assert_allclose(agent.point()[0], x, atol=1e-14)


def test_in_an_environment_a_hint_beats_none_where_losses_turn_slowly():
    lost = {}
    for trust in (0.0, 1.0):
        envs = WorldVectorEnv(OnlineLosses(rounds=1000, dimension=3, options={"period": 100.0}), 1)
        agent = OptimisticMirrorDescent(envs, seed=0, domain="ball", trust=trust).learn(1000)
        assert agent.missed[0] == pytest.approx(1000 if trust == 0 else 1 + 999 * 4 * math.sin(math.pi / 100) ** 2)
        lost[trust] = agent.regret[0]
    assert lost[1.0] < lost[0.0]


def test_mistakes_are_named():
    for option in ({"eta": -1.0}, {"largest": 0.0}, {"trust": 1.5}):
        with pytest.raises(BadOption, match=next(iter(option))):
            made(3, "ball", **option)
