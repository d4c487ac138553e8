"""The environments of the training speeds: one observation for both sides, each in the fastest form that it takes."""

from typing import Any

import gymnasium as gym
import minigrid  # noqa: F401  (registers its ids)
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecMonitor

import rewardlab  # noqa: F401  (registers the ids)
from rewardlab.core.bridge import ToVecEnv


class FlatPicture(VectorWrapper):
    """MiniGrid's picture alone, 7 x 7 x 3 numbers in a row [N, 147] uint8, as an MLP of Stable-Baselines3 takes it.

    Args:
        envs: rows that show a Dict with `image`, in SAME_STEP mode.
    """

    def __init__(self, envs: VectorEnv) -> None:
        super().__init__(envs)
        box = envs.single_observation_space["image"]  # type: ignore[index]
        self.single_observation_space = spaces.Box(0, 255, (int(np.prod(box.shape)),), np.uint8)
        self.observation_space = batch_space(self.single_observation_space, envs.num_envs)

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start episodes."""
        obs, info = self.env.reset(seed=seed, options=options)
        return self._flat(obs), info

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """One step of every row."""
        obs, reward, terminated, truncated, info = self.env.step(actions)
        if "final_obs" in info:
            last = info["final_obs"].copy()
            for i in np.flatnonzero(info["_final_obs"]):
                last[i] = last[i]["image"].reshape(-1)
            info = {**info, "final_obs": last}
        return self._flat(obs), reward, terminated, truncated, info

    def _flat(self, obs: Any) -> Any:
        return obs["image"].reshape(self.num_envs, -1)


def ours(name: str, rows: int) -> VectorEnv:
    """Rows for our loop: of a task of MiniGrid's our own, else Gymnasium's.

    Args:
        name: MiniGrid's or Gymnasium's id.
        rows: how many.
    """
    if name.startswith("MiniGrid-"):
        return FlatPicture(gym.make_vec(f"rewardlab/{name}", num_envs=rows, copy=False, columns=[]))
    if name == "CartPole-v1" and rows > 1:
        return gym.make_vec(name, num_envs=rows, vectorization_mode="vector_entry_point")  # NEXT_STEP, all in NumPy
    same = {"autoreset_mode": AutoresetMode.SAME_STEP}
    return gym.make_vec(name, num_envs=rows, vectorization_mode="sync", vector_kwargs=same)


def bridged(name: str, rows: int) -> VecEnv:
    """The same tasks of ours for Stable-Baselines3, across the bridge."""
    return VecMonitor(ToVecEnv(ours(name, rows)))


def theirs(name: str, rows: int) -> VecEnv:
    """What a user of Stable-Baselines3 has without us: a loop over single environments."""

    def make() -> gym.Env:
        env = gym.make(name)
        if name.startswith("MiniGrid-"):
            from minigrid.wrappers import ImgObsWrapper

            env = gym.wrappers.FlattenObservation(ImgObsWrapper(env))
        return Monitor(env)

    return DummyVecEnv([make] * rows)
