"""What an agent has beside Stable-Baselines3's own comes back from its zip, which stays readable there."""

import gymnasium as gym
import numpy as np
import pytest
import stable_baselines3
import torch
from stable_baselines3.common.noise import NormalActionNoise, OrnsteinUhlenbeckActionNoise

from rewardlab.agents.deep import C51, DQN, PPO, QRDQN, SAC, MDPOOffPolicy, OccupancyPPO
from rewardlab.agents.loops.occupancy_ratio import OccupancyRatio
from rewardlab.agents.loops.values import HLGauss, TwoHot
from rewardlab.core.errors import BadCheckpoint, BadOption

ROLL = {"n_steps": 32, "batch_size": 32, "n_epochs": 2, "seed": 1, "device": "cpu"}
KEPT = {"learning_starts": 8, "buffer_size": 40, "batch_size": 8, "seed": 1, "device": "cpu"}
LOSS = HLGauss(-2000.0, 10.0, 21)


def base(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(64, 4)).astype(np.float32), rng.integers(0, 2, 64)


def equal(one, two):
    a, b = one.get_parameters(), two.get_parameters()
    assert a.keys() == b.keys()
    return all(torch.equal(x, b["policy"][k]) for k, x in a["policy"].items())


MADE = {
    "PPO": (PPO, "CartPole-v1", {"value_loss": TwoHot(0.0, 50.0, 11), **ROLL}),
    "DQN": (DQN, "CartPole-v1", {"value_loss": LOSS, **KEPT}),
    "SAC": (SAC, "Pendulum-v1", {"value_loss": LOSS, **KEPT}),
    "MDPO": (MDPOOffPolicy, "Pendulum-v1", {"value_loss": LOSS, **KEPT}),
    "C51": (C51, "CartPole-v1", KEPT),
    "QR-DQN": (QRDQN, "CartPole-v1", KEPT),
}


@pytest.mark.parametrize("name", MADE)
def test_a_value_loss_is_not_asked_for_again(name, tmp_path):
    kind, env, options = MADE[name]
    agent = kind("MlpPolicy", env, **options).learn(32)
    agent.save(tmp_path / "agent")
    again = kind.load(tmp_path / "agent", env=env, device="cpu")
    assert again.value_loss == agent.value_loss and equal(agent, again)
    again.learn(32, reset_num_timesteps=False)
    assert again.num_timesteps == 64 and not equal(agent, again)


def test_what_tells_occupancies_apart_comes_back(tmp_path):
    agent = OccupancyPPO("MlpPolicy", "CartPole-v1", base=base(), weight=0.5, **ROLL).learn(64)
    agent.save(tmp_path / "agent")
    again = OccupancyPPO.load(tmp_path / "agent", env="CartPole-v1", device="cpu", base=base())
    features = torch.randn(9, 6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(agent.ratio(features), again.ratio(features)) and agent.ratio(features).abs().max() > 0
    assert again.weight == 0.5 and equal(agent, again)
    for one in (agent, again):  # both go on from here, moments of the optimiser included
        drawn = torch.randn(8, 6, generator=torch.Generator().manual_seed(1))
        one.ratio.update(drawn, -drawn)
    assert torch.equal(agent.ratio(features), again.ratio(features))
    assert again.learn(32, reset_num_timesteps=False).num_timesteps == 96
    with pytest.raises(BadOption, match=r"base=\(observations, actions\)"):
        OccupancyPPO.load(tmp_path / "agent", env="CartPole-v1").learn(32)


def test_plain_stable_baselines_reads_that_file_and_we_read_one_without(tmp_path):
    agent = OccupancyPPO("MlpPolicy", "CartPole-v1", base=base(), **ROLL).learn(64)
    agent.save(tmp_path / "agent")
    plain = stable_baselines3.PPO.load(tmp_path / "agent", env=gym.make("CartPole-v1"), device="cpu")
    assert equal(agent, plain)
    plain.learn(32)
    plain.save(tmp_path / "plain")
    again = OccupancyPPO.load(tmp_path / "plain", env="CartPole-v1", base=base(), device="cpu")
    assert equal(plain, again) and again.learn(32).num_timesteps == 32


def test_a_part_of_another_shape_is_refused(tmp_path):
    agent = OccupancyPPO("MlpPolicy", "CartPole-v1", base=base(), **ROLL)
    agent.ratio = OccupancyRatio(agent.observation_space, agent.action_space, hidden=(8,))
    agent.save(tmp_path / "agent")
    with pytest.raises(BadCheckpoint, match="shape"):
        OccupancyPPO.load(tmp_path / "agent", env="CartPole-v1")


@pytest.mark.parametrize(
    "given",
    [
        NormalActionNoise(np.zeros(1), np.full(1, 0.3)),
        OrnsteinUhlenbeckActionNoise(np.zeros(1), np.full(1, 0.2), theta=0.3, initial_noise=np.ones(1)),
    ],
)
def test_noise_comes_back_without_its_pickle(given, tmp_path):
    agent = SAC("MlpPolicy", "Pendulum-v1", action_noise=given, **KEPT).learn(12)
    agent.save(tmp_path / "agent")
    again = SAC.load(tmp_path / "agent", env="Pendulum-v1", device="cpu")
    assert repr(again.action_noise) == repr(given)
    assert again.learn(4, reset_num_timesteps=False).num_timesteps == 16
    plain = stable_baselines3.SAC.load(tmp_path / "agent", device="cpu")
    assert repr(plain.action_noise) == repr(given)
