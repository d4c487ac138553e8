"""Linear ε-greedy: what exploring costs, exactly and by the power of the pulls."""

import numpy as np
import pytest

from rewardlab.agents import LinEpsilonGreedy
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import ContextBandit, DynamicalBandit


def made(rules, rows=1, seed=0, **options):
    return LinEpsilonGreedy(WorldVectorEnv(rules, rows), seed=seed, **options)


def test_a_constant_epsilon_pays_its_share_for_ever():
    rules = DynamicalBandit(arms=8, dimension=3, agreement=1.0, noise=0.1, disturbance=0.0)
    agent = made(rules, 50, epsilon=0.2, points=rules.points, independent=True).learn(50 * 300)
    before = agent.regret.copy()
    agent.learn(50 * 300)
    pay = rules.points @ rules.theta
    lost = (agent.regret - before) / 300
    error = lost.std() / np.sqrt(50)
    assert lost.mean() == pytest.approx(0.2 * (pay.max() - pay).mean(), abs=4 * error)


def test_exploring_that_fades_costs_by_the_power_of_two_thirds():
    rules = ContextBandit(size=4, arms=5, noise=0.05)
    agent = made(rules, 10, epsilon=0.0, warmup=20.0, lam=0.1, independent=True)
    rates = []
    agent.learn(10 * 1000, lambda now: rates.append(agent.explores()))
    t = np.arange(1000) + 2
    np.testing.assert_allclose(rates, np.minimum(1, (20 / t) ** (1 / 3)), rtol=1e-12)
    log = np.array(agent.regret_log)
    late = log[:, 0] >= 100
    slope = np.polyfit(np.log(log[late, 0]), np.log(log[late, 1:].mean(1)), 1)[0]
    # ∫ t^(−1/3) has the power 2/3, and more before all that explores has begun to fade
    assert slope == pytest.approx(2 / 3, abs=0.1)


def test_without_exploration_it_follows_the_model():
    agent = made(ContextBandit(size=4), 2, epsilon=0.0).learn(100)
    x = np.random.default_rng(0).normal(size=(50, 10, 4)).astype(np.float32)
    np.testing.assert_array_equal(agent.predict(x)[0], (x @ agent.theta[0, 0]).argmax(1))


@pytest.mark.parametrize("option", [{"epsilon": -0.1}, {"epsilon": 1.5}, {"warmup": -1.0}, {"warmup": float("inf")}])
def test_mistakes_are_named(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        made(ContextBandit(), **option)
