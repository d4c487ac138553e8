"""ε-greedy for bandits: linear regret at the known rate, and the paper's decay."""

import numpy as np
import pytest

from rewardlab.agents import EpsilonGreedy
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit

MEANS = np.array([0.2, 0.5, 0.9])


def run(budget, rows=50, seed=0, **options):
    rules = StochasticBandit(means=tuple(MEANS), deviation=None, pulls=200)
    return EpsilonGreedy(WorldVectorEnv(rules, rows), seed=seed, **options).learn(budget)


@pytest.mark.parametrize("epsilon", [0.1, 0.5])
def test_a_constant_epsilon_pays_its_share_for_ever(epsilon):
    agent = run(50_000, epsilon=epsilon)
    log = np.array(agent.regret_log)
    late = log[:, 0] > 5_000
    slope = np.polyfit(log[late, 0], log[late, 1], 1)[0]
    gaps = MEANS.max() - MEANS
    assert slope == pytest.approx(epsilon * gaps.mean(), rel=0.05)
    since = log[log[:, 0] > 10_000] - log[late][0]  # without what was lost before the best arm was found
    power = np.polyfit(np.log(since[:, 0]), np.log(since[:, 1]), 1)[0]
    assert power == pytest.approx(1.0, abs=0.05)


def test_a_decaying_epsilon_pays_by_the_logarithm():
    # Σ min(1, w / t) over t = 1 ... T is w (1 + ln(T / w)), each exploring pull costing the mean gap.
    w, gaps = 200.0, MEANS.max() - MEANS
    runs = [run(20_000, rows=10, seed=1000 * s, epsilon=0.0, warmup=w) for s in range(5)]
    for at in (2_000, 20_000):
        lost = np.mean([np.interp(at, *np.array(a.regret_log).T) for a in runs])
        assert lost == pytest.approx(w * (1 + np.log(at / w)) * gaps.mean(), rel=0.1)
    assert all(np.argmax(a.counts[0]) == 2 for a in runs)


def test_the_best_arm_is_found_and_told():
    agent = run(20_000)
    np.testing.assert_allclose(agent.means[0], MEANS, atol=0.06)
    assert (agent.predict(np.zeros((4, 6), dtype=np.float32), deterministic=True)[0] == 2).all()
    assert agent.predict(np.zeros(6, dtype=np.float32), deterministic=True)[0] == 2
    share = (agent.predict(np.zeros((20_000, 6), dtype=np.float32))[0] == 2).mean()
    assert share == pytest.approx(1 - 0.1 * 2 / 3, abs=0.01)


@pytest.mark.parametrize("option", [{"epsilon": -0.1}, {"epsilon": 1.5}, {"warmup": -1.0}, {"warmup": float("inf")}])
def test_mistakes_are_named(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        run(1, **option)
