"""Healthy twins of MiniGrid show no difference; each planted fault is seen, by its name, and can be played again."""

import numpy as np
import pytest
from lockstep_twin import (
    Compass,
    DoorsStayOpen,
    EarlyCut,
    EmptyHand,
    LateReward,
    Lives,
    RoundedReward,
    StaleText,
    StaleWords,
    Twin,
    WideImage,
    WrongColour,
    WrongLevel,
    reference,
    text,
)  # fmt: skip

from rewardlab.benchmarks.lockstep.compare import compare
from rewardlab.benchmarks.lockstep.players import busy, interrupted, solver, uniform, vandal
from rewardlab.benchmarks.lockstep.report import ACTIONS

DOORKEY, MAZE, LAVA = "MiniGrid-DoorKey-5x5-v0", "MiniGrid-ObstructedMaze-1Dlhb-v0", "MiniGrid-LavaGapS5-v0"
FETCH, UNLOCK, DODGE = "MiniGrid-Fetch-5x5-N2-v0", "BabyAI-UnlockToUnlock-v0", "MiniGrid-Dynamic-Obstacles-6x6-v0"


@pytest.mark.parametrize("task", [DOORKEY, MAZE, LAVA, FETCH, UNLOCK, DODGE])
@pytest.mark.parametrize("play", [uniform, busy, vandal, interrupted])
def test_a_healthy_twin_shows_no_difference(task, play):
    report = compare(Twin(task), reference(task), play, steps=400, seed=5, read=text)
    assert report.difference is None
    assert report.steps == 400
    assert report.episodes - 1 <= report.successes + report.failures + report.truncations <= report.episodes


@pytest.mark.parametrize(
    ("kind", "task", "play", "what"),
    [
        (DoorsStayOpen, DOORKEY, vandal, "image"),
        (WrongColour, UNLOCK, vandal, "image"),
        (LateReward, DOORKEY, solver, "reward"),
        (RoundedReward, DOORKEY, solver, "reward"),
        (StaleText, FETCH, busy, "mission"),
        (StaleWords, FETCH, busy, "mission"),
        (EarlyCut, DOORKEY, uniform, "truncated"),
        (Lives, LAVA, busy, "terminated"),
        (Compass, DOORKEY, uniform, "direction"),
        (WrongLevel, FETCH, busy, "image"),
        (EmptyHand, DOORKEY, busy, "image"),
        (WideImage, DOORKEY, uniform, "image"),
    ],
)
def test_each_planted_fault_is_seen(kind, task, play, what):
    found = compare(kind(task), reference(task), play, steps=3000, seed=0, read=text).difference
    assert found is not None and found.what == what
    assert found.ours != found.theirs
    # Played again from the seed that it names, the two part at its last step and not before.
    ours, theirs = kind(task), reference(task)
    if kind in (StaleText, StaleWords, WrongLevel):  # these need the episode before
        assert found.actions == () and str(found.level_seed) in str(found)
        return
    (mine, _), (other, _) = ours.reset(seed=found.level_seed), theirs.reset(seed=found.level_seed)
    for t, action in enumerate(found.actions):
        same = np.array_equal(mine["image"], other["image"]) and mine["direction"] == other["direction"]
        assert same and mine["image"].dtype == other["image"].dtype, t
        mine, *paid, _ = ours.step(action)
        other, *pays, _ = theirs.step(action)
        assert (paid == pays) or t == len(found.actions) - 1
    same = np.array_equal(mine["image"], other["image"]) and mine["direction"] == other["direction"]
    same = same and mine["image"].dtype == other["image"].dtype and (not found.actions or paid == pays)
    assert not same


def test_a_stale_word_is_only_seen_when_it_is_read():
    assert compare(StaleWords(FETCH), reference(FETCH), busy, steps=500, seed=0).difference is None


def test_counts_are_those_of_the_play():
    report = compare(Twin(DOORKEY), reference(DOORKEY), solver, steps=10_000, seed=0, successes=5)
    assert (report.successes, report.episodes, report.failures, report.truncations) == (5, 5, 0, 0)
    changed = report.changed
    assert changed["pickup"] >= 5 and changed["toggle"] == 5 and changed["done"] == 0
    assert sum(changed.values()) == report.steps  # a solver wastes no step
    turning = compare(Twin(DOORKEY), reference(DOORKEY), lambda env, rng: iter([0, 6] * 200), steps=750, seed=0)
    assert (turning.steps, turning.truncations, turning.episodes) == (750, 3, 3)
    assert turning.changed == dict.fromkeys(ACTIONS, 0) | {"left": 375}


def test_a_player_that_plays_nothing_ends_by_the_limit_of_episodes():
    report = compare(Twin(DOORKEY), reference(DOORKEY), lambda env, rng: iter(()), steps=10, seed=0, episodes=7)
    assert (report.episodes, report.steps) == (7, 0)


def test_the_same_seed_is_the_same_comparison_and_another_is_another():
    def run(seed):
        return compare(Twin(UNLOCK), reference(UNLOCK), vandal, steps=300, seed=seed)

    assert run(1) == run(1) != run(2)
