"""Log-barrier FTRL: its law, regret by the root of the rounds, and arms that are never given up."""

import numpy as np
import pytest

from rewardlab.agents import LogBarrierFTRL
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import AdversarialBandit


def made(rules, rows=1, **options):
    return LogBarrierFTRL(WorldVectorEnv(rules, rows), seed=0, points=rules.features, **options)


def test_its_law_meets_the_condition_of_the_barrier():
    agent = made(AdversarialBandit(dimension=4, arms=8))
    total, eta = np.random.default_rng(0).normal(scale=200.0, size=(50, 8)), np.geomspace(0.01, 10, 50)
    p = agent.law(total, eta)
    level = 1 / p - eta[:, None] * total  # the same for all arms
    assert (np.ptp(level, axis=1) <= 1e-9 * np.abs(level).max(1)).all()
    np.testing.assert_allclose(p.sum(1), 1, atol=1e-12)
    one = agent.law(np.where(np.arange(8) == 3, -1e4, 0.0)[None], np.ones(1))  # an estimate of the worst kind
    assert (one > 1e-5).all()


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
    assert agent.regret.mean() < 3 * np.sqrt(d * K * T * np.log(T)) / 2


def test_it_finds_the_best_arm_of_losses_that_stay():
    rules = AdversarialBandit(dimension=4, arms=8, sequence="fixed", spread=0.3, rounds=1500, instance=1)
    agent = made(rules, 8, independent=True).learn(8 * 1500)
    best = agent.predict(np.zeros((8, 17)), deterministic=True)[0]
    assert (rules.losses[0].mean(0)[best] < rules.losses[0].mean(0).min() + 0.15).all()
    assert agent.regret.mean() < 0.5 * 1500 * (rules.losses[0].mean() - rules.losses[0].mean(0).min())
