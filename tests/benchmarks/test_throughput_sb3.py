"""Rollouts with Stable-Baselines3: both sides show the policy the same pictures, and take the steps they say."""

import numpy as np

from rewardlab.benchmarks import throughput_sb3 as bench
from rewardlab.benchmarks.throughput_turns import Size

TASK = "MiniGrid-DoorKey-5x5-v0"
PICTURE = 7 * 7 * 20


def test_both_show_the_same_picture_and_ours_the_direction_too() -> None:
    ours, theirs = bench.ours(TASK), bench.theirs(TASK)
    ours.seed(0)
    theirs.seed(0)
    mine, other = ours.reset(), theirs.reset()
    assert mine.shape == (bench.ROWS, PICTURE + 4) and other.shape == (bench.ROWS, PICTURE)
    assert np.array_equal(mine[:, :PICTURE], other)
    rng = np.random.default_rng(0)
    for _ in range(50):
        action = rng.integers(0, 7, bench.ROWS)
        mine, other = ours.step(action), theirs.step(action)
        assert np.array_equal(mine[0][:, :PICTURE], other[0]) and np.array_equal(mine[1], other[1])
        assert np.array_equal(mine[2], other[2]) and not mine[2].any()  # the next levels are other ones


def test_a_step_of_the_case_is_a_rollout() -> None:
    envs = bench.ours(TASK)
    taken = []
    step = envs.step_async
    envs.step_async = lambda action: taken.append(len(action)) or step(action)
    case = bench.rollout(envs)
    case.run(2)
    case.run(1)
    assert taken == [bench.ROWS] * (3 * bench.STEPS) and case.rows == bench.ROWS * bench.STEPS


def test_ours_is_scored_against_minigrids() -> None:
    theirs, ours = bench.rollouts(TASK, Size(seconds=0.01, rounds=2))
    assert ours.peer_value == theirs.value > 0 and ours.ratio == theirs.value / ours.value and ours.holds is None
