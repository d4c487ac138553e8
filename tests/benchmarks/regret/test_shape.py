"""Shapes that are known, and what failing exploration looks like."""

import numpy as np
import pytest

from rewardlab.agents import UCB1, EpsilonGreedy
from rewardlab.benchmarks.regret.shape import min_frac, shape, suffix_fail, win_rates, wins
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit

STEPS = np.geomspace(10, 10_000, 40)


@pytest.mark.parametrize(
    ("l1", "power", "b", "l2"), [(2.0, 1.0, 0.0, 0.0), (0.0, 1.0, 0.3, 5.0), (1.0, 2.0, 0.05, 3.0)]
)
def test_a_curve_of_its_own_shape_is_found(l1, power, b, l2):
    found = shape(STEPS, l1 * np.log(STEPS) ** power / 0.2 + b * STEPS + l2, gap=0.2)
    assert found.error < 1e-6 and found.linear == pytest.approx(b, abs=1e-9)
    if l1:
        assert found.power == pytest.approx(power) and found.logarithm == pytest.approx(l1)


def curve(kind, **options):
    means, rows, rounds = (0.3, 0.5, 0.8), 150, 3000
    envs = WorldVectorEnv(StochasticBandit(means=means, deviation=None, pulls=rounds), rows)
    agent, values = kind(envs, seed=0, independent=True, **options), []
    marks = np.unique(np.geomspace(10, rounds, 30).astype(int))
    for before, mark in zip([0, *marks[:-1]], marks, strict=True):
        agent.learn(int(mark - before) * rows)
        values.append(agent.regret.mean())
    return shape(marks, values, gap=0.3), agent


def test_random_play_loses_the_mean_gap_for_ever_and_ucb_nothing_in_the_end():
    uniform, agent = curve(EpsilonGreedy, epsilon=1.0)
    assert uniform.linear == pytest.approx((0.5 + 0.3) / 3, rel=0.05)
    assert min_frac(agent.counts).mean() > 0.9
    careful, agent = curve(UCB1)
    assert careful.linear < 0.02 and min_frac(agent.counts).mean() < 0.2


def test_what_is_said_of_counts():
    counts = np.array([[5, 5], [9, 1], [10, 0]])
    np.testing.assert_allclose(min_frac(counts), [1.0, 0.2, 0.0])
    half = np.array([[5, 4], [9, 1], [5, 0]])
    best = np.array([False, True])
    assert suffix_fail(half, counts, best).tolist() == [False, True, True]
    assert not suffix_fail(half, counts, np.array([True, True]))[0]


def test_wins_are_significant_or_shared():
    rng = np.random.default_rng(0)
    cell = {"a": rng.normal(1, 0.1, 50), "b": rng.normal(2, 0.1, 50), "c": rng.normal(1, 0.1, 50)}
    found = wins(cell)
    assert found["a", "b"] == 1 and found["b", "a"] == 0 and found["a", "c"] == found["c", "a"] == 0.5
    assert win_rates([cell, cell]) == {"a": 0.75, "b": 0.0, "c": 0.75}
    assert wins({"a": [1.0, 1.0], "b": [1.0, 1.0]})["a", "b"] == 0.5
    assert wins({"a": [1.0, 1.0], "b": [2.0, 2.0]})["a", "b"] == 1.0


@pytest.mark.parametrize(("arguments", "said"), [
    (([1.0, 2, 3, 4, 5], [1.0] * 5), "beyond 1"), (([2.0, 3], [1.0, 1]), "five"),
])  # fmt: skip
def test_mistakes_are_named(arguments, said):
    with pytest.raises(BadOption, match=said):
        shape(*arguments)
    with pytest.raises(BadOption, match="gap=0"):
        shape(STEPS, STEPS, gap=0.0)
