"""Linear Thompson sampling: the law of its models, the chance of each arm, and regret beside LinUCB's."""

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from rewardlab.agents import LinTS
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DynamicalBandit


def linear(arms=8, dimension=3, noise=0.3):
    """The plain linear bandit: no hidden state."""
    return DynamicalBandit(arms=arms, dimension=dimension, agreement=1.0, noise=noise, disturbance=0.0)


def made(rules, rows=1, seed=0, **options):
    return LinTS(WorldVectorEnv(rules, rows), seed=seed, points=rules.points, **options)


def test_its_models_have_the_law_of_the_posterior():
    rules, noise, lam = linear(), 0.3, 0.5
    agent, seen = made(rules, scale=noise, lam=lam), []
    agent.learn(12, lambda now: seen.append((int(now["actions"][0]), float(now["rewards"][0]))))
    x, pay = rules.points[[a for a, _ in seen]], np.array([r for _, r in seen])
    # Bayes by the joint normal law of (θ, pay): θ ~ N(0, v²/λ I), pay = x θ + N(0, v²).
    prior = noise**2 / lam * np.eye(3)
    gain = prior @ x.T @ np.linalg.inv(x @ prior @ x.T + noise**2 * np.eye(len(x)))
    mean, spread = gain @ pay, prior - gain @ x @ prior
    np.testing.assert_allclose(agent.theta[0, 0], mean, rtol=1e-9)
    np.testing.assert_allclose(noise**2 * agent.inverse[0, 0], spread, rtol=1e-8, atol=1e-12)
    drawn = agent.drawn(40_000, np.random.default_rng(0))[:, 0]
    off = (drawn.mean(0) - mean) / np.sqrt(np.diag(spread) / 40_000)
    assert np.abs(off).max() < 4
    np.testing.assert_allclose(np.cov(drawn.T), spread, atol=0.04 * spread.max())
    density = multivariate_normal(mean, spread).logpdf(drawn).mean()
    exact = -0.5 * (3 * math.log(2 * math.pi * math.e) + np.linalg.slogdet(spread)[1])
    assert density == pytest.approx(exact, abs=4 * math.sqrt(1.5 / 40_000))


def test_of_two_arms_each_comes_as_often_as_it_is_the_better_one():
    rules = DynamicalBandit(arms=2, dimension=2, agreement=1.0, noise=4.0, disturbance=0.0, instance=3)
    agent = made(rules, scale=4.0).learn(8)
    apart = rules.points[0] - rules.points[1]
    size = 4.0 * math.sqrt(apart @ agent.inverse[0, 0] @ apart)
    chance = norm.cdf(apart @ agent.theta[0, 0] / size)
    assert 0.02 < chance < 0.98
    share = (agent.predict(np.zeros((20_000, 1)))[0] == 0).mean()
    assert share == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 20_000))


def test_its_regret_flattens_and_the_best_arm_is_found():
    rules, rows = linear(arms=20, dimension=4), 40
    agent = made(rules, rows, independent=True, scale=0.3).learn(rows * 1000)
    times, regret = np.array([row[0] for row in agent.regret_log]), np.array([row[1:] for row in agent.regret_log])
    late = times >= 100
    assert np.polyfit(np.log(times[late]), np.log(regret[late].mean(1)), 1)[0] < 0.4
    best = agent.predict(np.zeros((rows, 1)), deterministic=True)[0]
    assert (best == rules.best_action).mean() > 0.9


@pytest.mark.parametrize("scale", [0.0, -1.0, math.inf])
def test_mistakes_are_named(scale):
    with pytest.raises(BadOption, match="scale"):
        made(linear(), scale=scale)
