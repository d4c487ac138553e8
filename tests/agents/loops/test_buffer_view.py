"""What callbacks read of a rollout is what Stable-Baselines3's own buffer holds of the same steps."""

import gymnasium as gym
import numpy as np
import pytest
import stable_baselines3
import torch
from gymnasium.wrappers import TimeLimit
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv

from rewardlab.agents.deep import PPO
from rewardlab.core.errors import BadOption

NAMES = (
    *("observations", "actions", "rewards", "returns", "advantages", "values", "log_probs", "episode_starts"),
    *("buffer_size", "n_envs", "pos", "full"),
)
STEPS = 24


class Reader(BaseCallback):
    """Reads the buffer at the end of the first rollout, as callbacks do."""

    def __init__(self):
        super().__init__()
        self.seen, self.half = {}, None

    def _on_step(self):
        if self.num_timesteps == STEPS:
            buffer = self.model.rollout_buffer
            self.half = buffer.pos, buffer.full, buffer.size(), buffer.rewards[: STEPS // 2].copy()
        return True

    def _on_rollout_end(self):
        self.seen = {name: getattr(self.model.rollout_buffer, name) for name in NAMES}


def cut_short(world, most):
    return DummyVecEnv([lambda: TimeLimit(gym.make(world).unwrapped, most)] * 2)


@pytest.mark.parametrize(("world", "most"), [("CartPole-v1", 13), ("Pendulum-v1", 5)])
def test_it_is_theirs_on_the_same_steps(world, most):
    sizes = {"n_steps": STEPS, "batch_size": 2 * STEPS, "n_epochs": 1, "gamma": 0.9, "seed": 0, "device": "cpu"}
    mine = PPO("MlpPolicy", cut_short(world, most), **sizes)
    theirs = stable_baselines3.PPO("MlpPolicy", cut_short(world, most), **sizes)
    theirs.policy.load_state_dict(mine.policy.state_dict())
    ours = Reader()
    mine.learn(2 * STEPS, callback=ours)
    taken, drawn = iter(torch.as_tensor(ours.seen["actions"])), theirs.policy.evaluate_actions

    def forward(obs, deterministic=False):
        action = next(taken)
        action = action[:, 0] if world == "CartPole-v1" else action
        return (action, *drawn(obs, action)[:2])

    theirs.policy.forward = forward
    reader = Reader()
    theirs.learn(2 * STEPS, callback=reader)
    buffer = mine.rollout_buffer
    assert buffer.truncated.any() and (world != "CartPole-v1" or buffer.terminated.any())
    assert ours.seen["rewards"].std() > 0 and 0 < ours.seen["episode_starts"].mean() < 1
    for name in NAMES:
        one, two = ours.seen[name], reader.seen[name]
        assert np.shape(one) == np.shape(two), name
        assert isinstance(two, (int, bool)) or one.dtype == two.dtype, name
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5, err_msg=name)
    assert ours.half[:3] == (STEPS // 2, False, STEPS // 2)


def test_arrays_are_copies_and_what_is_not_known_yet_is_named():
    agent = PPO("MlpPolicy", cut_short("CartPole-v1", 7), n_steps=8, batch_size=16, seed=0, device="cpu")
    buffer = agent.rollout_buffer
    with pytest.raises(BadOption, match="actions"):
        buffer.actions  # noqa: B018
    agent.learn(16)
    held = buffer.rewards
    held[:] = 7.0
    assert buffer.rewards.max() < 7.0 or (buffer.rewards != 7.0).any()
    buffer.begin()
    assert not buffer.full and buffer.pos == 0
    for name in ("values", "log_probs", "returns", "advantages"):
        with pytest.raises(BadOption, match="on_rollout_end"):
            getattr(buffer, name)


def test_observations_of_a_dict_are_a_dict():
    rows = gym.make_vec("rewardlab/MiniGrid-Empty-5x5-v0", num_envs=3)
    agent = PPO("MultiInputPolicy", rows, n_steps=4, batch_size=12, seed=0, device="cpu").learn(12)
    shown = agent.rollout_buffer.observations
    assert {k: v.shape[:2] for k, v in shown.items()} == dict.fromkeys(agent.observation_space, (4, 3))
