"""Environments of the training speeds: all sides see the same numbers, the last ones of an episode too."""

import numpy as np
from gymnasium.vector import AutoresetMode

from rewardlab.benchmarks import training_speed_envs as envs

TASK = "MiniGrid-Empty-5x5-v0"


def test_three_forms_of_a_task_are_one_task() -> None:
    mine, across, own = envs.ours(TASK, 2), envs.bridged(TASK, 2), envs.theirs(TASK, 2)
    assert mine.single_observation_space == across.observation_space == own.observation_space
    across.seed(3), own.seed(3)
    first = np.array(mine.reset(seed=3)[0])
    assert first.shape == (2, 147) and first.dtype == np.uint8
    assert np.array_equal(first, across.reset()) and np.array_equal(first, own.reset())
    ended = 0
    for action in (2, 2, 1, 2, 2):  # to the goal
        act = np.full(2, action)
        obs, reward, terminated, truncated, info = mine.step(act)
        obs = np.array(obs)
        for other in (across.step(act), own.step(act)):
            assert np.array_equal(reward.astype(np.float32), other[1])
            assert np.array_equal(terminated | truncated, other[2])
            if other[2].any():
                ended += 1
                last = np.stack([row["terminal_observation"] for row in other[3]])
                assert np.array_equal(last, np.stack(list(info["final_obs"])))
                assert np.allclose([row["episode"]["r"] for row in other[3]], reward, atol=1e-5)
            else:
                assert np.array_equal(obs, other[0])
    assert ended == 2


def test_others_are_gymnasiums_own_in_their_fastest_form() -> None:
    batched = envs.ours("CartPole-v1", 3)
    assert batched.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP and not hasattr(batched, "envs")
    looped = envs.ours("Pendulum-v1", 3)
    assert looped.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP and len(looped.envs) == 3
    assert envs.theirs("CartPole-v1", 3).reset().shape == (3, 4)
