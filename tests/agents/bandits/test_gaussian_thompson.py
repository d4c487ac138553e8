"""Gaussian Thompson sampling: the posterior, how often it pulls each arm, and its regret on two kinds of pay."""

import math

import numpy as np
import pytest
from exact_bandits import bernoulli, exact_regret, mean_and_error, played, watched
from scipy.stats import norm

from rewardlab.agents import GaussianThompson
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit


def test_the_posterior_is_that_of_one_pull_after_the_other():
    options = {"deviation": 0.5, "prior_mean": 2.0, "prior_deviation": 3.0}
    env = WorldVectorEnv(StochasticBandit(means=(1.0, 2.0, 3.0), deviation=0.5), 4)
    agent = GaussianThompson(env, seed=0, independent=True, **options)
    arms, pay = watched(agent, 25)
    mean, spread = agent.posterior()
    for row in range(4):
        m, v = np.full(3, 2.0), np.full(3, 9.0)
        for k, r in zip(arms[:, row], pay[:, row], strict=True):  # a Kalman filter of a number that stands still
            gain = v[k] / (v[k] + 0.25)
            m[k], v[k] = m[k] + gain * (r - m[k]), (1 - gain) * v[k]
        np.testing.assert_allclose(mean[row], m, rtol=1e-12)
        np.testing.assert_allclose(spread[row], np.sqrt(v), rtol=1e-12)


def law(counts, totals, t):
    """N(Σ r / (n + 1), 1 / (n + 1)) for each arm, the paper's."""
    mean, v = totals / (counts + 1), 1 / (counts + 1)
    first = norm.cdf((mean[:, 0] - mean[:, 1]) / np.sqrt(v.sum(1)))
    return np.stack([first, 1 - first], 1)


def test_an_arm_is_pulled_as_likely_as_it_is_best():
    agent = GaussianThompson(bernoulli((0.1, 0.2), 1), seed=0)
    agent.counts[0], agent.totals[0] = (8, 3), (2.0, 2.5)
    share = (agent.pull(100_000, np.random.default_rng(0)) == 0).mean()
    exact = law(np.array([[8, 3]]), np.array([[2.0, 2.5]]), 0)[0, 0]
    assert abs(share - exact) < 3.5 * math.sqrt(exact * (1 - exact) / 100_000)


@pytest.mark.parametrize("means", [(0.9, 0.5), (0.1, 0.4)])
def test_its_regret_on_bernoulli_arms_is_that_of_dynamic_programming(means):
    exact = exact_regret(law, means, 30)[[9, 29]]
    for seen, known in zip(played(GaussianThompson, means, 4000, 30, at=[10, 30])[1], exact, strict=True):
        mean, error = mean_and_error(seen)
        assert abs(mean - known) < 3.5 * error < 0.05 * known


def test_its_regret_grows_by_the_logarithm():
    rules = StochasticBandit(means=(0.0, 0.5, 1.0), deviation=1.0, pulls=2000)
    agent, regret = GaussianThompson(WorldVectorEnv(rules, 250), seed=0, independent=True), []
    for pulls in (200, 432, 1368):  # until 200, 632 and 2000
        regret.append(agent.learn(250 * pulls).regret.copy())
    first, second = np.diff(regret, axis=0).mean(1)
    error = np.diff(regret, n=2, axis=0)[0].std() / math.sqrt(250)
    assert second - first < 0.35 * first and 3 * error < 0.5 * first
    # The least constant is Σ 2 σ² / Δ = 6 for each unit of ln T, and it is only reached from below here.
    assert 0.5 * 6 < (first + second) / math.log(10) < 1.15 * 6


@pytest.mark.parametrize("option", [{"deviation": 0.0}, {"prior_deviation": math.inf}, {"prior_mean": math.nan}])
def test_mistakes_are_named(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        GaussianThompson(bernoulli((0.1, 0.2), 2), **option)
