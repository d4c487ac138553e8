"""The regularised leader: its bound on sequences of every kind, known equivalents, and play in an environment."""

import math

import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.agents import FTRL
from rewardlab.agents.loops.regularisers import onto_ball
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import OnlineLosses

ALL = [(d, r) for d, kinds in {"simplex": ("entropy", "euclid", "barrier", "tsallis"), "ball": ("euclid", "barrier"),
                               "box": ("euclid",)}.items() for r in kinds]  # fmt: skip


def made(d, domain, regulariser, **options):
    return FTRL(
        Spaces(spaces.Box(-1, 1, (1,)), spaces.Box(-1, 1, (d,))), domain=domain, regulariser=regulariser, **options
    )


def best(domain, total, margin):
    """The least of total · p over the points that the bound speaks of."""
    if domain == "simplex":
        return (1 - margin * (len(total) - 1)) * total.min() + margin * (total.sum() - total.min())
    return -(1 - margin) * (np.linalg.norm(total) if domain == "ball" else np.abs(total).sum())


def sequence(kind, T, d, rng):
    """Gradients [T, d] of length at most 1, or a function of the point that is played."""
    if kind == "worst":
        return lambda p: np.where(np.arange(d) == np.abs(p).argmax(), np.where(p < 0, -1.0, 1.0), 0.0)
    if kind == "turning":
        return np.stack([np.cos(np.arange(T) / 30 + k) for k in range(d)], 1) / math.sqrt(d)
    if kind == "one":
        return np.tile(np.eye(d)[0], (T, 1)) - np.eye(d)[1]
    g = rng.normal(size=(T, d))
    return g / np.linalg.norm(g, axis=1, keepdims=True)


def regret(agent, gradients, T, margin=0.0):
    """Regret, and the sum of the gradients' squared lengths in the agent's norm."""
    lost, total, squares, memory = 0.0, np.zeros(agent.dimension), 0.0, np.zeros(1, dtype=int)
    for t in range(T):
        p = agent.point()[0]
        g = gradients(p) if callable(gradients) else gradients[t]
        agent.feed(memory, g[None])
        lost, total, squares = lost + g @ p, total + g, squares + float(agent.length(g)) ** 2
    return lost - best(agent.domain, total, margin), squares


@pytest.mark.parametrize(("domain", "regulariser"), ALL)
@pytest.mark.parametrize("kind", ["worst", "turning", "one", "random"])
def test_its_bound_holds_on_every_sequence(domain, regulariser, kind):
    T, d = 400, 4
    agent = made(d, domain, regulariser, largest=1.5 if kind == "one" else 1.0)
    gradients = sequence(kind, T, d, np.random.default_rng(0))
    margin = agent.margin if regulariser == "barrier" else 0.0
    lost, squares = regret(agent, gradients, T, margin)
    assert lost <= 2 * math.sqrt(agent.spread * (agent.largest**2 + squares)) + 1e-9
    if kind == "worst":
        assert lost > 0.05 * math.sqrt(T)  # and it is no gift


@pytest.mark.parametrize("eta", [0.05, 0.5])
def test_with_a_constant_rate_the_bound_is_that_of_the_textbook(eta):
    T, d, rng = 500, 6, np.random.default_rng(1)
    for domain, regulariser in ALL:
        if regulariser == "barrier":
            continue
        agent = made(d, domain, regulariser, eta=eta)
        lost, squares = regret(agent, sequence("random", T, d, rng), T)
        assert lost <= agent.spread / eta + eta * squares / 2 + 1e-9


def test_entropy_is_exponential_weights_and_euclid_is_lazy_descent():
    rng, memory = np.random.default_rng(2), np.zeros(1, dtype=int)
    hedge, lazy = made(5, "simplex", "entropy", eta=0.3), made(5, "ball", "euclid", eta=0.3)
    weights, total = np.ones(5), np.zeros(5)
    for _ in range(50):
        g = rng.normal(size=5)
        hedge.feed(memory, g[None])
        lazy.feed(memory, g[None])
        weights, total = weights * np.exp(-0.3 * g), total + g
        np.testing.assert_allclose(hedge.point()[0], weights / weights.sum(), rtol=1e-10)
        np.testing.assert_allclose(lazy.point()[0], onto_ball(-0.3 * total), rtol=1e-12)


def test_the_spread_is_the_range_of_the_regulariser():
    corner, middle = np.eye(4)[0], np.full(4, 0.25)
    value = {
        "entropy": lambda p: (p[p > 0] * np.log(p[p > 0])).sum(),
        "euclid": lambda p: 0.5 * (p**2).sum(),
        "tsallis": lambda p: -((p**0.3 - 0.3 * p) / (0.3 * 0.7)).sum(),
    }
    for regulariser, r in value.items():
        agent = made(4, "simplex", regulariser, alpha=0.3)
        assert agent.spread == pytest.approx(r(corner) - r(middle), rel=1e-12)
    assert made(4, "ball", "euclid").spread == 0.5 and made(4, "box", "euclid").spread == 2.0


@pytest.mark.parametrize("adaptive", [False, True])
def test_in_an_environment_its_regret_grows_by_the_root_at_most(adaptive):
    options = {"sequence": "adaptive"} if adaptive else {"sequence": "zero", "spread": 1.0, "sequences": 16}
    envs = WorldVectorEnv(OnlineLosses(domain="ball", dimension=3, rounds=1200, **options), 1 if adaptive else 16)
    agent = FTRL(envs, seed=0, domain="ball", regulariser="euclid", independent=True).learn(envs.num_envs * 1200)
    log = np.array(agent.regret_log)
    late = log[:, 0] >= 100
    mean = log[late, 1:].mean(1)
    assert np.polyfit(np.log(log[late, 0]), np.log(mean), 1)[0] == pytest.approx(0.5, abs=0.1)
    assert (log[late, 1:].max(1) <= 2 * np.sqrt(0.5 * (1 + log[late, 0]))).all()


def test_mistakes_are_named():
    for option in ({"eta": 0.0}, {"largest": -1.0}, {"alpha": 1.0}, {"margin": 0.0}):
        with pytest.raises(BadOption, match=next(iter(option))):
            made(3, "simplex", "entropy", **option)
    for domain, regulariser in (("ball", "entropy"), ("box", "barrier"), ("simplex", "none")):
        with pytest.raises(BadOption, match="regulariser"):
            made(3, domain, regulariser)
