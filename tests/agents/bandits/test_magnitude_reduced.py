"""Magnitude-reduced estimates: exponential weights on them, and regret by the root of the rounds."""

import numpy as np
import pytest

from rewardlab.agents import MagnitudeReduced
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import AdversarialBandit


def made(rules, rows=1, **options):
    return MagnitudeReduced(WorldVectorEnv(rules, rows), seed=0, points=rules.features, **options)


def test_its_law_is_that_of_exponential_weights():
    agent = made(AdversarialBandit(dimension=4, arms=8))
    total = np.random.default_rng(0).normal(size=(5, 8))
    expected = np.exp(-0.3 * total)
    np.testing.assert_allclose(agent.law(total, np.full(5, 0.3)), expected / expected.sum(1, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize("sequence", ["adaptive", "switching"])
def test_its_regret_grows_by_the_root_of_the_rounds_at_most(sequence):
    rules = AdversarialBandit(
        dimension=4, arms=8, sequence=sequence, rounds=1000, spread=0.0 if sequence == "adaptive" else 0.3
    )
    agent = made(rules, 16, independent=True).learn(16 * 1000)
    log = np.array(agent.regret_log)
    late = log[:, 0] >= 100
    slope = np.polyfit(np.log(log[late, 0]), np.log(np.maximum(log[late, 1:].mean(1), 1e-3)), 1)[0]
    assert slope < 0.65
    K, d, T = 8, 4, 1000
    assert agent.regret.mean() < 2 * np.sqrt(d * T * np.log(K))


def test_it_finds_the_best_arm_of_losses_that_stay():
    rules = AdversarialBandit(dimension=4, arms=8, sequence="fixed", spread=0.3, rounds=1500, instance=1)
    agent = made(rules, 8, independent=True).learn(8 * 1500)
    best = agent.predict(np.zeros((8, 17)), deterministic=True)[0]
    assert (rules.losses[0].mean(0)[best] < rules.losses[0].mean(0).min() + 0.15).all()
    assert agent.regret.mean() < 0.5 * 1500 * (rules.losses[0].mean() - rules.losses[0].mean(0).min())
