"""Recordings are true transitions, and the same for the same seed."""

import gymnasium as gym
import numpy as np

import rewardlab  # noqa: F401
from rewardlab.benchmarks.recording import random_play


def play(seed: int):
    return random_play(gym.make_vec("rewardlab/DeepSea-v0", num_envs=3, size=4), 12, seed=seed)


def test_every_step_is_a_transition_of_the_process() -> None:
    envs = gym.make_vec("rewardlab/DeepSea-v0", num_envs=3, size=4)
    steps = random_play(envs, 12, seed=5)
    P, R = envs.unwrapped.to_mdp().dense()
    assert steps.shape == (12, 3) and steps.check() is steps
    assert (P[steps.obs, steps.action, steps.next_obs] == 1.0).all()
    assert np.array_equal(R[steps.obs, steps.action], steps.reward)
    assert steps.done[3::4].all() and steps.done.sum() == 9  # every fourth step reaches the bottom
    assert np.array_equal(steps.obs[1:][~steps.done[:-1]], steps.next_obs[:-1][~steps.done[:-1]])
    assert np.array_equal(steps.column("success"), steps.reward > 0.5)


def test_the_seed_decides() -> None:
    assert np.array_equal(play(1).action, play(1).action) and not np.array_equal(play(1).action, play(2).action)
    assert 0.2 < play(1).action.mean() < 0.8


def test_an_own_reward_is_recorded_as_it_was_paid() -> None:
    steps = play(3)
    assert np.array_equal(steps.column("task_reward"), steps.reward)
