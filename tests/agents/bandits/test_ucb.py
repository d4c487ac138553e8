"""UCB1: its shares, and its regret against what the index implies."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.agents import UCB1
from rewardlab.agents.bandits.ucb import shares
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit
from rewardlab.rewards import PaidVector, Task


def levelled(means, t, c=2.0):
    """Pulls [K] at which all arms show the same number μ_k + √(c ln t / n_k): where UCB1 is after t pulls."""
    means, log = np.array(means), c * math.log(t)
    low, high = means.max() + 1e-12, means.max() + math.sqrt(log)
    for _ in range(200):
        level = (low + high) / 2
        low, high = (level, high) if (log / (level - means) ** 2).sum() > t else (low, level)
    return log / (high - means) ** 2


def regret_curve(agent, times):
    log = np.array(agent.regret_log)
    return np.interp(times, log[:, 0], log[:, 1])


def exponent(times, regret):
    return np.polyfit(np.log(times), np.log(regret), 1)[0]


def by_one(means, counts, n, log):
    share = np.zeros(len(means), dtype=int)
    for _ in range(n):
        share[np.argmax(means + np.sqrt(log / (counts + share)))] += 1
    return share


@given(st.integers(0, 10**6), st.integers(2, 12), st.integers(1, 300), st.floats(0.01, 40.0))
def test_shares_are_those_of_one_pull_after_the_other(seed, arms, n, log):
    rng = np.random.default_rng(seed)
    means, counts = rng.normal(size=arms), rng.integers(1, 200, arms)
    np.testing.assert_array_equal(shares(means, counts, n, log, rng), by_one(means, counts, n, log))


@pytest.mark.parametrize("means", [(0.9, 0.4), (0.2, 0.5, 0.9), (0.5, 0.1, 0.45, 0.3)])
@pytest.mark.parametrize("rows", [1, 40])
def test_without_noise_the_pulls_are_those_that_level_the_index(means, rows):
    rules = StochasticBandit(means=means, deviation=0.0, pulls=1000)
    agent = UCB1(WorldVectorEnv(rules, rows), seed=0).learn(2000 if rows == 1 else 20_000)
    expected = levelled(means, agent.num_timesteps)
    # Pulls are whole, and a batch of rows shares one t.
    counts = agent.counts[0]
    np.testing.assert_allclose(counts, expected, atol=2.5)
    # The constant in front of the logarithm, from the two kinds of arms: √(c ln t) (1/√n_k − 1/√n*) = Δ_k.
    best = int(np.argmax(means))
    for k in np.delete(np.arange(len(means)), best):
        gap = means[best] - means[k]
        c = gap**2 / (1 / math.sqrt(counts[k]) - 1 / math.sqrt(counts[best])) ** 2
        assert c / math.log(agent.num_timesteps) == pytest.approx(2.0, rel=0.12)


def test_its_regret_grows_as_the_index_implies():
    means, times = (0.9, 0.4), np.geomspace(150, 1500, 12)
    rules = StochasticBandit(means=means, deviation=None, pulls=500)
    runs = [UCB1(WorldVectorEnv(rules, 1), seed=1000 * s).learn(1500) for s in range(10)]
    curves = np.array([regret_curve(a, times) for a in runs])
    theory = {c: np.array([(levelled(means, t, c) * (0.9 - np.array(means))).sum() for t in times]) for c in (1, 2, 4)}
    last, error = curves[:, -1].mean(), curves[:, -1].std(ddof=1) / math.sqrt(10)
    assert abs(last - theory[2][-1]) < 2.3 * error  # Student's t, 9 degrees of freedom, 95 %
    assert all(abs(last - theory[c][-1]) > 2.3 * error for c in (1, 4))
    slopes = np.array([exponent(times, curve) for curve in curves])
    error = slopes.std(ddof=1) / math.sqrt(10)
    assert abs(slopes.mean() - exponent(times, theory[2])) < 2.3 * error < 0.2
    assert slopes.mean() + 2.3 * error < 0.6  # neither linear nor a square root of pulls and more


def test_many_rows_lose_hardly_more_than_one():
    rules = StochasticBandit(means=(0.2, 0.5, 0.9), deviation=None)
    agent = UCB1(WorldVectorEnv(rules, 64), seed=0).learn(64 * 200)
    expected = (levelled((0.2, 0.5, 0.9), 64 * 200) * [0.7, 0.4, 0.0]).sum()
    blind = 64 * (0.7 + 0.4) / 3  # the first batch knows nothing of any arm
    assert 0.5 * expected < agent.regret[0] < 1.6 * expected + blind
    exact = (agent.counts[0] * [0.7, 0.4, 0.0]).sum()
    assert agent.regret[0] == pytest.approx(exact, abs=1e-9)
    assert agent.regret_log[-1][1] <= agent.regret[0] and agent.regret_log[0] == [64, pytest.approx(blind, abs=1.0)]


def test_each_arm_comes_once_before_any_comes_twice():
    rules = StochasticBandit(arms=7, deviation=None)
    agent = UCB1(WorldVectorEnv(rules, 1), seed=0)
    for t in range(1, 8):
        agent.learn(1)
        assert agent.counts.max() == 1 and agent.counts.sum() == t
    batch = UCB1(WorldVectorEnv(rules, 3), seed=0).learn(9)
    assert sorted(batch.counts[0]) == [1, 1, 1, 1, 1, 2, 2]


def test_rows_are_not_tied_to_arms_and_predictions_change_nothing():
    agent = UCB1(WorldVectorEnv(StochasticBandit(arms=4, deviation=None), 8), seed=0)
    obs = np.zeros((8, 8), dtype=np.float32)
    assert (agent.predict(obs, deterministic=True)[0] == 0).all()
    pulls = np.array([agent.predict(obs)[0] for _ in range(40)])
    assert (np.sort(pulls, axis=1) == [0, 0, 1, 1, 2, 2, 3, 3]).all()
    assert all(len(set(pulls[:, row])) == 4 for row in range(8))
    assert agent.counts.sum() == 0
    agent.learn(4000)
    assert (agent.predict(obs, deterministic=True)[0] == np.argmax(agent.means[0])).all()


def test_without_confidence_it_follows_the_means():
    agent = UCB1(WorldVectorEnv(StochasticBandit(means=(0.1, 0.9, 0.9), deviation=0.0), 6), seed=0, exploration=0.0)
    agent.learn(600)
    assert agent.counts[0, 0] <= 2 and agent.counts[0, 1:].min() > 200
    with pytest.raises(BadOption, match="exploration=-1"):
        UCB1(WorldVectorEnv(StochasticBandit(), 2), exploration=-1)


def test_regret_is_not_a_number_where_nobody_knows_it():
    agent = UCB1("rewardlab/DeepSea-v0", seed=0).learn(20)
    assert math.isnan(agent.regret[0]) and agent.counts.sum() == 20


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_it_pulls_for_what_it_is_paid_and_regrets_by_the_task(mode, tmp_path):
    def paid():
        envs = WorldVectorEnv(StochasticBandit(means=(0.9, 0.4), deviation=0.0, pulls=3), 2, autoreset_mode=mode)
        return PaidVector(envs, -0.5 * Task())

    agent = UCB1(paid(), seed=0).learn(3000)
    assert agent.counts.sum() == agent.num_timesteps == 3000
    np.testing.assert_allclose(agent.means, [[-0.45, -0.2]], atol=1e-12)
    assert agent.counts[0, 1] > 2500  # what is paid best is what the task pays least
    assert agent.regret[0] == pytest.approx(0.5 * agent.counts[0, 1], rel=1e-12)
    agent.save(tmp_path / "agent")
    again = UCB1.load(tmp_path / "agent", env=paid()).learn(100)
    assert again.counts.sum() == 3100 and again.regret[0] == pytest.approx(0.5 * again.counts[0, 1], rel=1e-12)
