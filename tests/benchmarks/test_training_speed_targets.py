"""Races to a target: when they end, what they count, and ratios with known intervals."""

import math

import numpy as np
import pytest

from rewardlab.benchmarks import training_speed_targets as targets
from rewardlab.benchmarks.training_speed_targets import Reached, full_mean, race, races, ratio

TASK = "MiniGrid-Empty-5x5-v0"


def test_fewer_episodes_than_asked_for_reach_nothing_and_only_the_last_count() -> None:
    assert full_mean([{"r": 1.0}] * 99) == -math.inf
    assert full_mean([{"r": 0.0}] * 50 + [{"r": 1.0}] * 100) == 1.0
    assert full_mean([{"r": 0.5}] * 50 + [{"r": 1.0}] * 50) == 0.75


def test_both_sides_end_at_the_first_rollout_that_is_good_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "TARGET", -1.0)  # whatever the first episodes return
    monkeypatch.setattr(targets, "EPISODES", 5)
    monkeypatch.setattr(targets, "ROWS", 8)
    found = {side: race(side, TASK, 1) for side in targets.SIDES}
    for run in found.values():
        assert run.reached and run.steps % (32 * 8) == 0 and run.cpu > 0 and run.wall > 0
    # Stable-Baselines3's two sides are the same training of the same levels: they end at the same step
    assert found["SB3, our environments"].steps == found["SB3, MiniGrid's"].steps


def test_a_race_without_an_end_gives_up_at_its_budget() -> None:
    run = race("ours", TASK, 0, budget=3000)
    assert not run.reached and run.steps == 4096 and run.seed == 0  # whole rollouts


def test_the_sides_take_turns_and_each_round_begins_with_another(monkeypatch: pytest.MonkeyPatch) -> None:
    order = []

    def run(side: str, task: str, seed: int, *, budget: int) -> Reached:
        order.append((side, seed, budget))
        return Reached(seed, 1, 1.0, 1.0, True)

    monkeypatch.setattr(targets, "race", run)
    found = races(TASK, 2, budget=7)
    a, b, c = targets.SIDES
    assert [side for side, _, _ in order[3:]] == [a, b, c, b, c, a]  # the first three compile
    assert {name: [r.seed for r in runs] for name, runs in found.items()} == {a: [0, 1], b: [0, 1], c: [0, 1]}


def test_ratios_of_constants_are_exact_and_those_of_equals_hold_one() -> None:
    assert ratio([6.0] * 5, [2.0] * 5) == pytest.approx({"ratio": 3.0, "low": 3.0, "high": 3.0, "medians": 3.0})
    assert ratio([1.0, 4.0], [2.0, 2.0])["ratio"] == pytest.approx(1.0)  # geometric
    rng = np.random.default_rng(1)
    same = ratio(np.exp(rng.normal(size=200)), np.exp(rng.normal(size=200)))
    assert same["low"] < 1 < same["high"] and same["high"] / same["low"] < 1.6
    twice = ratio(2 * np.exp(0.1 * rng.normal(size=50)), np.exp(0.1 * rng.normal(size=50)))
    assert 1.85 < twice["low"] < 2 < twice["high"] < 2.15
