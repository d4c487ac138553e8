"""Programs of the overhead figures: they step what they say."""

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import DummyVecEnv

from rewardlab.benchmarks.programs import SEA, looped, random_actions, staggered, step_all, walk


def test_a_walk_takes_its_steps_and_goes_on_where_it_stopped() -> None:
    envs = gym.make_vec(SEA, num_envs=3)
    program = walk(envs, 4)
    program()
    program()
    assert envs.unwrapped.get_state()["clock"].tolist() == [8, 8, 8]


def test_a_vec_env_takes_the_same_steps() -> None:
    venv = DummyVecEnv([lambda: gym.make(SEA) for _ in range(2)])
    step_all(venv, 7)()
    assert [e.unwrapped.get_state()["clock"].tolist() for e in venv.envs] == [[7], [7]]


def test_staggered_rows_end_a_tenth_at_a_time() -> None:
    envs = staggered(gym.make_vec(SEA, num_envs=40), 10)
    ends = np.array([envs.step(random_actions(40)[t])[2] for t in range(10)])
    assert ends.sum(1).tolist() == [4] * 10 and ends.sum(0).tolist() == [1] * 40


def test_looped_environments_are_single_ones_in_a_row() -> None:
    envs = looped("CartPole-v1", 3)
    assert type(envs).__name__ == "SyncVectorEnv" and envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP


def test_actions_are_both_and_always_the_same() -> None:
    first, again = random_actions(1000), random_actions(1000)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert all(400 < a.sum() < 600 and set(a.tolist()) == {0, 1} for a in first)
