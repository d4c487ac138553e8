import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import Filmed
from rewardlab.rewards import PaidVector, Remembering, Task


def test_each_step_shows_the_state_that_it_began_in():
    envs = Filmed(gym.make_vec("rewardlab/GridWorld-v0", num_envs=3, render_mode="rgb_array"), largest=64)
    memory = Remembering(reward=Task())
    paid = PaidVector(envs, memory)
    paid.reset(seed=0)
    rng, seen, kept = np.random.default_rng(0), [], []
    for _ in range(60):
        kept.append(np.stack(envs.unwrapped.render()))
        paid.step(rng.integers(0, 4, 3))
        seen.append(memory.seen)
    thin = -(-max(kept[0].shape[1:3]) // 64)
    film = np.stack(kept)[:, :, ::thin, ::thin]  # [T, N, H, W, 3]
    episodes = memory.episodes()
    assert max(film.shape[2:4]) <= 64 and any(e.terminated[-1] for e in episodes)
    row = np.concatenate([e.info["frame"] for e in episodes])
    np.testing.assert_array_equal(row, np.concatenate([film[:, i] for i in range(3)]))


def test_it_needs_pictures():
    with pytest.raises(BadOption, match="render_mode=None"):
        Filmed(gym.make_vec("rewardlab/GridWorld-v0", num_envs=2))
    with pytest.raises(BadOption, match="largest=0"):
        Filmed(gym.make_vec("rewardlab/GridWorld-v0", num_envs=2, render_mode="rgb_array"), largest=0)
