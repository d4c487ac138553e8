"""Estimates of linear losses: their means by enumeration, their floors, and the loop that plays by them."""

import numpy as np
import pytest

from rewardlab.agents import LogBarrierFTRL, MagnitudeReduced
from rewardlab.agents.loops.linear_losses import gram, plain, reduced
from rewardlab.core.errors import BadOption, BadReward
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import AdversarialBandit, StochasticBandit
from rewardlab.envs.bandits.context import ContextBandit


def hard(seed):
    """Points [8, 4], a law [8] that hardly leaves three of them, so that Σ is nearly singular, and losses [8]."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(8, 4))
    p = np.full(8, 1e-4)
    p[:3] = (1 - 5e-4) / 3
    return points / np.linalg.norm(points, axis=1, keepdims=True), p, rng.random(8)


@pytest.mark.parametrize("seed", range(20))
def test_both_estimates_have_the_true_losses_as_their_mean(seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(8, 4))
    p, theta = rng.dirichlet(np.ones(8)), rng.normal(size=4)
    losses = points @ theta
    G = np.broadcast_to(gram(points, p[None], np.zeros(1)), (8, 8, 8))
    played, law = np.arange(8), np.broadcast_to(p, (8, 8))
    one = plain(G, played, losses)  # [played, K]
    two = reduced(G, law, played, losses, 1.0)
    np.testing.assert_allclose(p @ one, losses, atol=1e-11)
    np.testing.assert_allclose(p @ two, losses, atol=1e-11)
    gamma = 0.3  # with γ the mean is that of a shrunken θ, for both
    G = np.broadcast_to(gram(points, p[None], np.full(1, gamma)), (8, 8, 8))
    sigma = np.einsum("k,kd,ke->de", p, points, points)
    shrunk = points @ np.linalg.solve(sigma + gamma * np.eye(4), sigma @ theta)
    np.testing.assert_allclose(p @ plain(G, played, losses), shrunk, atol=1e-11)
    np.testing.assert_allclose(p @ reduced(G, law, played, losses, 1.0), shrunk, atol=1e-11)


def test_the_reduced_estimate_has_a_floor_that_the_plain_one_breaks():
    least, second = np.zeros((20, 2)), np.zeros((20, 2))
    for seed in range(20):
        points, p, losses = hard(seed)
        G = gram(points, p[None], np.full(1, 1e-4))
        every, law, played = np.broadcast_to(G, (8, 8, 8)), np.broadcast_to(p, (8, 8)), np.arange(8)
        one, two = plain(every, played, losses), reduced(every, law, played, losses, 1.0)
        assert (two >= -np.sqrt(np.diagonal(G[0])) - 1e-9).all()
        least[seed] = one.min(), two.min()
        second[seed] = [p @ (p @ e**2) for e in (one, two)]
    assert least[:, 0].min() < -200 and least[:, 1].min() > -10
    assert (np.median(least[:, 0]) < 20 * np.median(least[:, 1])) and (second[:, 1] < 4 * second[:, 0]).all()


def test_the_gram_matrix_is_that_of_the_law():
    points, p, _ = hard(0)
    sigma = sum(w * np.outer(x, x) for w, x in zip(p, points, strict=True)) + 0.1 * np.eye(4)
    np.testing.assert_allclose(gram(points, p[None], np.full(1, 0.1))[0], points @ np.linalg.inv(sigma) @ points.T)


@pytest.mark.parametrize("kind", [LogBarrierFTRL, MagnitudeReduced])
@pytest.mark.parametrize("independent", [True, False])
def test_the_loop_sums_up_what_the_estimates_say(kind, independent):
    rules = AdversarialBandit(dimension=4, arms=8, rounds=200)
    agent = kind(WorldVectorEnv(rules, 3), seed=0, points=rules.features, independent=independent, bonus=0.05)
    total, heard = np.zeros((3 if independent else 1, 8)), 0

    def watch(now):
        nonlocal total, heard
        t = heard + 1
        eta = np.full(len(total), np.sqrt(scale[heard] / (4 * t)))
        p = agent.law(total, eta)
        G = gram(rules.features, p, np.full(len(total), 1 / t))
        memory = np.arange(3) if independent else np.zeros(3, dtype=int)
        found = agent.estimate(G[memory], p[memory], now["actions"], -now["rewards"])
        own = np.diagonal(G, axis1=1, axis2=2)
        found = found - 0.05 * (own + (p * own).sum(1, keepdims=True))[memory]
        total = total + (found if independent else found.mean(0, keepdims=True))
        np.testing.assert_allclose(agent.total, total, rtol=1e-8, atol=1e-9)
        heard += 1

    scale = 8 * np.log(np.arange(100) + 2) if kind is LogBarrierFTRL else np.full(100, np.log(8))
    agent.learn(3 * 60, watch)
    p = agent.probabilities()
    np.testing.assert_allclose(p.sum(1), 1, atol=1e-12)
    if not independent:
        share = np.bincount(agent.predict(np.zeros((30_000, 17)))[0], minlength=8) / 30_000
        np.testing.assert_allclose(share, p[0], atol=4 * 0.5 / np.sqrt(30_000))
        assert (agent.predict(np.zeros((5, 17)), deterministic=True)[0] == p[0].argmax()).all()


def test_mistakes_are_named():
    rules = AdversarialBandit(dimension=4, arms=8)
    for option in ({"largest": 0.0}, {"rate": -1.0}, {"gamma": 0.0}, {"bonus": -0.1}):
        with pytest.raises(BadOption, match=next(iter(option))):
            LogBarrierFTRL(WorldVectorEnv(rules, 1), points=rules.features, **option)
    with pytest.raises(BadOption, match="change with the observation"):
        LogBarrierFTRL(WorldVectorEnv(ContextBandit(), 1))
    with pytest.raises(BadReward, match=r"losses in \[0, 1\]"):
        LogBarrierFTRL(WorldVectorEnv(StochasticBandit(means=(0.9, 0.8), deviation=0.0), 1), seed=0).learn(5)
