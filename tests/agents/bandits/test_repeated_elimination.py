"""Repeated elimination: its blocks, steady losses exactly, regret that flattens, and elimination without burn-in."""

import numpy as np
import pytest

from rewardlab.agents import RepeatedElimination, SuccessiveElimination
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit, TallyBandit


def made(rules, rows=1, seed=0, **options):
    return RepeatedElimination(WorldVectorEnv(rules, rows), seed=seed, **options)


def test_blocks_are_as_long_as_the_schedule_says():
    agent, arms = made(TallyBandit(memory=2, rounds=10_000), burn=7, first=3, delta=1e-9), []
    agent.learn(230, lambda now: arms.append(int(now["actions"][0])))
    expected = [arm for s in range(1, 4) for arm in range(5) for _ in range(7 + 3 * 2 ** (s - 1))]
    assert arms[: len(expected)] == expected
    assert len(expected) < 230 and agent.epoch[0] == 3


def test_what_counts_is_the_steady_loss_and_nothing_else():
    rules = TallyBandit(deviation=0.0, rounds=3000)
    agent = made(rules, burn=rules.memory - 1)
    agent.learn(5 * (rules.memory + 4))
    np.testing.assert_allclose(-agent.means[0], rules.steady, atol=1e-12)
    short = made(rules, burn=3)
    short.learn(200)
    assert -short.means[0, 2] > rules.steady[2] + 0.1  # the improving arm is judged too early


SMALL = {"curves": [[0.42, 0.42], [0.9, 0.1], [0.5, 0.5]], "memory": 4, "deviation": 0.05, "rounds": 4000}


def test_the_arm_that_is_best_when_repeated_stays_and_then_nothing_is_lost():
    rules = TallyBandit(**SMALL)
    agent = made(rules, 20, burn=4, horizon=2000, spread=0.3, independent=True).learn(20 * 250)
    assert agent.active[:, 1].all() and (agent.active.sum(1) == 1).all()
    lost = agent.regret.copy()
    agent.learn(20 * 30)
    np.testing.assert_allclose(agent.regret, lost, atol=1e-9)  # the curve is flat for ever
    single = SuccessiveElimination(WorldVectorEnv(rules, 20), seed=0, independent=True, span=0.1).learn(20 * 450)
    before = single.regret.copy()
    single.learn(20 * 30)
    np.testing.assert_allclose((single.regret - before) / 30, 0.42 - 0.1, atol=1e-9)  # it dropped the arm unexposed
    assert (lost < before).all()


def test_a_longer_burn_costs_plays_and_does_not_multiply():
    found, rules = [], TallyBandit(**SMALL)
    for burn in (4, 24):
        agent = made(rules, 10, burn=burn, horizon=2000, spread=0.3, independent=True).learn(10 * 450)
        assert (agent.active.sum(1) == 1).all()
        plays = agent.counts.sum(1) - agent.counts[:, 1]
        # each block of a wrong arm: its counted plays and its burn, at the arm's steady gap; and what exposure costs
        found.append((agent.regret.mean(), agent.epoch.max(), plays.mean()))
    gaps, blocks = 0.32 + 0.40, found[0][1]
    assert 0 < found[1][0] - found[0][0] <= 20 * gaps * (blocks + 1)


def test_the_best_arm_is_hardly_ever_dropped():
    means = (0.6, 0.5, 0.05)
    rules = StochasticBandit(means=means, deviation=None, pulls=2000)
    agent = made(rules, 300, burn=0, delta=0.1, horizon=300, independent=True).learn(300 * 700)
    assert agent.active[:, 0].mean() >= 0.9 and agent.active[:, 2].mean() < 0.2
    np.testing.assert_allclose(agent.width(np.array([50.0])), np.sqrt(np.log(2 * 3 * 300 / 0.1) / 100))


def test_an_episodes_end_breaks_the_row_of_plays_off(tmp_path):
    rules = TallyBandit(rounds=12, deviation=0.0)
    agent = made(rules, 3, burn=5, first=4).learn(3 * 12)
    assert (agent.streak == 0).all() and agent.counts.sum() == 3 * (12 - 5 - 5) and agent.current[0] == 1
    agent.save(tmp_path / "agent")
    again = RepeatedElimination.load(tmp_path / "agent", env=WorldVectorEnv(rules, 2))
    assert again.learn(20).counts.sum() > agent.counts.sum()


def test_mistakes_are_named():
    for option in ({"burn": -1}, {"first": 0}, {"horizon": 0}, {"delta": 0.0}, {"spread": 0.0}, {"burn": 1.5}):
        with pytest.raises(BadOption, match=next(iter(option))):
            made(TallyBandit(), **option)
