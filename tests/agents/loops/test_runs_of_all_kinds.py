"""Runs go on bit for bit whatever learns, pays or draws beside the networks."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode
from saving import SaveAt
from stable_baselines3.common.noise import ActionNoise, NormalActionNoise, OrnsteinUhlenbeckActionNoise
from stable_baselines3.common.vec_env import DummyVecEnv

from rewardlab.agents.deep import C51, DQN, MDPO, PPO, QRDQN, SAC, Lion, MDPOOffPolicy, OccupancyPPO
from rewardlab.agents.loops.rewarding import RewardStream
from rewardlab.agents.loops.runs import KIND, resume_run, save_run
from rewardlab.agents.loops.values import HLGauss
from rewardlab.core import checkpoint
from rewardlab.core.errors import BadCheckpoint
from rewardlab.rewards import RND, EpisodicCount, PaidVecEnv, PaidVector, Task

SMALL = {"seed": 1, "device": "cpu", "policy_kwargs": {"net_arch": [16]}}
ROLL = {"n_steps": 16, "batch_size": 32, "n_epochs": 2, **SMALL}
KEPT = {"learning_starts": 20, "buffer_size": 60, "train_freq": 4, "batch_size": 16, **SMALL}
FEW = {"hidden": (8,), "features": 4, "epochs": 1}
LOW, HIGH = np.full(1, 0.1), np.full(1, 0.3)


def sync(name="CartPole-v1", n=4):
    same = {"autoreset_mode": AutoresetMode.SAME_STEP}
    return gym.make_vec(name, n, vectorization_mode="sync", vector_kwargs=same)


def several(name, n=2):
    return DummyVecEnv([lambda: gym.make(name)] * n)


def rows(x):
    """What an episode has seen, coarsely."""
    return (x * 5).astype(np.int64) if isinstance(x, np.ndarray) else (x * 5).long()


def paid(kind, env):
    return kind(env, Task() + RND(seed=3, **FEW) + EpisodicCount(key=rows))


def streams():
    return {
        "new": RewardStream(RND(seed=2, **FEW), gamma=0.9, episodic=False),
        "here": RewardStream(EpisodicCount(key=rows), weight=0.5),
    }


def base():
    rng = np.random.default_rng(0)
    return rng.normal(size=(64, 4)).astype(np.float32), rng.integers(0, 2, 64)


MADE = {
    "PPO, streams": lambda: PPO("MlpPolicy", sync(), streams=streams(), **ROLL),
    "PPO, a part that a driver pays": lambda: PPO(
        "MlpPolicy", paid(PaidVector, sync()), streams={"new": RewardStream("rnd")}, **ROLL
    ),
    "PPO, PaidVecEnv": lambda: PPO("MlpPolicy", paid(PaidVecEnv, several("CartPole-v1")), **ROLL),
    "PPO, gSDE": lambda: PPO("MlpPolicy", several("Pendulum-v1"), use_sde=True, sde_sample_freq=5, **ROLL),
    "PPO, memory and streams": lambda: PPO("MlpGruPolicy", sync(), streams=streams(), **ROLL),
    "PPO, Lion": lambda: PPO(
        "MlpPolicy", sync(), **{**ROLL, "policy_kwargs": {"net_arch": [16], "optimizer_class": Lion}}
    ),
    "PPO, HL-Gauss": lambda: PPO("MlpPolicy", sync(), value_loss=HLGauss(0.0, 50.0, 21), **ROLL),
    "OccupancyPPO": lambda: OccupancyPPO("MlpPolicy", sync(), base=base(), **ROLL),
    "MDPO": lambda: MDPO("MlpPolicy", sync(), **{**ROLL, "n_epochs": 3}),
    "DQN, reward": lambda: DQN("MlpPolicy", "CartPole-v1", reward=RND(seed=2, **FEW), **KEPT),
    "DQN, PaidVector": lambda: DQN("MlpPolicy", paid(PaidVector, sync(n=2)), **KEPT),
    "C51": lambda: C51("MlpPolicy", "CartPole-v1", **KEPT),
    "QRDQN": lambda: QRDQN("MlpPolicy", "CartPole-v1", **KEPT),
    "SAC, reward": lambda: SAC("MlpPolicy", "Pendulum-v1", reward=RND(seed=2, **FEW), **KEPT),
    "SAC, normal noise": lambda: SAC("MlpPolicy", "Pendulum-v1", action_noise=NormalActionNoise(LOW, HIGH), **KEPT),
    "SAC, OU noise": lambda: SAC(
        "MlpPolicy", several("Pendulum-v1"), action_noise=OrnsteinUhlenbeckActionNoise(LOW, HIGH), **KEPT
    ),
    "SAC, a noise of somebody's own": lambda: SAC("MlpPolicy", "Pendulum-v1", action_noise=Sawtooth(), **KEPT),
    "SAC, gSDE": lambda: SAC("MlpPolicy", several("Pendulum-v1"), use_sde=True, sde_sample_freq=3, **KEPT),
    "MDPO from a memory": lambda: MDPOOffPolicy("MlpPolicy", "Pendulum-v1", **KEPT),
}


class Sawtooth(ActionNoise):
    """A noise of somebody's own: a tooth for each draw, and a number of NumPy's global generator."""

    def __init__(self):
        self.teeth = 0

    def __call__(self):
        self.teeth += 1
        return np.array([0.1 * (self.teeth % 7) + 0.1 * np.random.rand()])  # noqa: NPY002

    def reset(self):
        self.teeth = 0


CLOCKS = ("t", "seconds", "start_time", "episode_times", "_num_timesteps_at_start", "_previous_data")


def still(x):
    """All that a run's file holds, but for what clocks showed."""
    if isinstance(x, dict):
        return {k: still(v) for k, v in x.items() if k not in CLOCKS}
    if isinstance(x, list):
        clocked = len(x) == 2 and isinstance(x[0], str) and x[0] in CLOCKS
        return x[:1] if clocked else [still(y) for y in x]
    return (str(x.dtype), x.shape, x.tobytes()) if isinstance(x, np.ndarray) else x


def ends(agent, path):
    """All that a run ends with: networks, optimisers, memories, rewards, generators, the world, the episodes."""
    save_run(agent, path)
    meta, state = checkpoint.load(path, KIND)
    return still([meta["data"], state])


def split(make, path):
    """One run as a whole, and the same run saved half way and gone on with by new objects."""
    on_policy = hasattr(make(), "n_epochs")
    total, at = (6 * 64, 4) if on_policy else (60, 8)
    whole = make()
    whole.learn(total, callback=SaveAt(path, at))
    np.random.seed(5)  # noqa: NPY002  # what others have drawn meanwhile
    torch.manual_seed(5)
    agent = resume_run(make(), path)
    assert 0 < agent.num_timesteps < total
    agent.learn(total - agent.num_timesteps, reset_num_timesteps=False)
    return whole, agent


@pytest.mark.parametrize("name", MADE)
def test_a_resumed_run_ends_as_the_whole_one(name, tmp_path):
    whole, agent = split(MADE[name], tmp_path / "run")
    assert ends(whole, tmp_path / "one") == ends(agent, tmp_path / "two")


def test_another_noise_and_none_are_refused(tmp_path):
    MADE["SAC, normal noise"]().learn(4, callback=SaveAt(tmp_path / "run", 1))
    for noise in (NormalActionNoise(LOW, 2 * HIGH), Sawtooth(), None):
        with pytest.raises(BadCheckpoint, match="its action_noise is"):
            resume_run(SAC("MlpPolicy", "Pendulum-v1", action_noise=noise, **KEPT), tmp_path / "run")
