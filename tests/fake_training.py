"""Factories for the tests of training: a learner that counts, a scripted agent, PPO; and tasks with a proxy reward."""

from dataclasses import dataclass
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv

from rewardlab.core.reward import Reward, Task
from rewardlab.envs.world import Card, Rules
from rewardlab.rewards.intrinsic import CountBonus

PROXY = "rewardlab-tests/Proxy-v0"


@dataclass
class Proxy(Rules):
    """Pays 10 for action 1, though truly action 0 is worth 1 and action 2, which ends early, -3; three steps."""

    max_episode_steps: ClassVar[int | None] = 3

    def __post_init__(self) -> None:
        self.observation_space = spaces.Discrete(2)
        self.action_space = spaces.Discrete(3)

    def start(self, n: int, rng: Any) -> dict[str, Any]:
        return {"zero": np.zeros(n, dtype=np.int64)}

    def move(self, state: Any, action: Any, rng: Any) -> Any:
        true = np.array([1.0, 0.0, -3.0])[action]
        ended = action == 2
        return state, np.where(action == 1, 10.0, 0.0), ended, {"true_reward": true, "success": ended}

    def look(self, state: Any) -> Any:
        return state["zero"] + 0

    def card(self) -> Card:
        return Card("A trap.", {}, {}, "1 for action 0", {}, random_return=1.0, optimal_return=3.0)


def register() -> None:
    if PROXY not in gym.registry:
        gym.register(
            PROXY,
            entry_point="rewardlab.envs.world:WorldEnv",
            vector_entry_point="rewardlab.envs.world:WorldVectorEnv",
            max_episode_steps=3,
            kwargs={"rules": "fake_training:Proxy"},
        )


class Script:
    """Does what it was told in turn, row by row: row i does action i % 3 at every step."""

    def __init__(self, envs: VectorEnv) -> None:
        self.envs, self.asked = envs, []  # type: ignore[var-annotated]

    def learn(self, total_timesteps: int, callback: Any = None, progress_bar: bool = False) -> "Script":
        self.asked.append(total_timesteps)
        for _ in range(-(-total_timesteps // self.envs.num_envs)):
            self.envs.step(self.predict(np.zeros(self.envs.num_envs, dtype=np.int64))[0])
        return self

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> Any:
        return np.arange(len(observation)) % 3, None


def script(envs: VectorEnv, seed: int) -> Any:
    """An agent that learns nothing."""
    return Script(envs)


def none(envs: VectorEnv, seed: int) -> Reward | None:
    """The task's own reward and nothing else."""
    return None


def bonus(envs: VectorEnv, seed: int) -> Reward:
    """The task's reward and a bonus."""
    return Task() + 0.5 * CountBonus()


def half(envs: VectorEnv, seed: int) -> Reward:
    """Half of the task's reward."""
    return 0.5 * Task()


def no_reward(envs: VectorEnv, seed: int) -> Any:
    """A mistake."""
    return 3.0


def ppo(envs: VectorEnv, seed: int) -> Any:
    """Stable-Baselines3's PPO with a learning rate that falls."""
    from stable_baselines3 import PPO

    from rewardlab.core.agent import as_vec_env

    return PPO("MlpPolicy", as_vec_env(envs), n_steps=16, batch_size=32, n_epochs=2, learning_rate=falling, seed=seed)


def falling(left: float) -> float:
    """1e-3 at the beginning, 0 at the end."""
    return 1e-3 * left
