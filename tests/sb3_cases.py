"""Our deep agents, small and quick, for the cases that Stable-Baselines3 tests its own algorithms with."""

from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import stable_baselines3
import torch
from gymnasium import spaces
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import DummyVecEnv

from rewardlab.agents import deep

TINY = {"net_arch": [8]}


@dataclass(frozen=True)
class Case:
    """An agent of ours, the class it stands for, and what makes it quick.

    Attributes:
        name: of both classes.
        options: for short runs.
        continuous: whether it acts in boxes.
        on_policy: whether it learns from whole rollouts.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    continuous: bool = False
    on_policy: bool = True

    @property
    def ours(self) -> Any:
        return getattr(deep, self.name)

    @property
    def theirs(self) -> Any:
        return getattr(stable_baselines3, self.name)

    @property
    def world(self) -> str:
        """An id that it can act in."""
        return "Pendulum-v1" if self.continuous else "CartPole-v1"

    @property
    def actions(self) -> spaces.Space:
        """A space that it can act in."""
        return spaces.Box(-1, 1, (2,), np.float32) if self.continuous else spaces.Discrete(3)

    def make(self, env: Any = None, policy: Any = "MlpPolicy", **options: Any) -> Any:
        """A fresh agent in `env`; by default in its world."""
        given = {"seed": 0, "device": "cpu", "policy_kwargs": TINY} | self.options | options
        given["policy_kwargs"] = dict(given["policy_kwargs"])  # Stable-Baselines3 writes into it
        return self.ours(policy, self.world if env is None else env, **given)


STEPS = {"learning_starts": 16, "buffer_size": 1000, "batch_size": 16}
ALL = (
    Case("PPO", {"n_steps": 32, "batch_size": 32, "n_epochs": 1}),
    Case("A2C", {"n_steps": 16}),
    Case("DQN", STEPS, on_policy=False),
    Case("SAC", STEPS, on_policy=False, continuous=True),
)


def cases(*which: str) -> Any:
    """A parametrisation over all agents, or those of these names."""
    some = [c for c in ALL if not which or c.name in which]
    return pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in some])


class Noise(gym.Env):
    """Shows samples of its space, pays the length so far, and is cut after `steps`.

    Args:
        observations: what it shows.
        actions: what it takes; it refuses others.
        steps: of an episode.
        ends: terminated instead of truncated.
    """

    def __init__(
        self, observations: spaces.Space, actions: spaces.Space, steps: int = 8, *, ends: bool = False
    ) -> None:
        self.observation_space, self.action_space, self.steps, self.ends = observations, actions, steps, ends

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        if seed is not None:
            self.observation_space.seed(seed)
        self.clock = 0
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> Any:
        assert self.action_space.contains(action), action
        self.clock += 1
        over = self.clock == self.steps
        return self.observation_space.sample(), float(self.clock), over and self.ends, over and not self.ends, {}


def rows(make: Any, n: int = 2) -> DummyVecEnv:
    """N rows of what `make()` returns."""
    return DummyVecEnv([make for _ in range(n)])


def silent(agent: Any) -> Any:
    """The agent with a logger that keeps values and forgets nothing."""

    class Kept(Logger):
        def dump(self, step: int = 0) -> None:
            pass

    agent.set_logger(Kept(None, []))
    return agent


def weights(agent: Any) -> torch.Tensor:
    """All that its policy holds, one after the other."""
    return torch.cat([x.detach().flatten().double() for x in agent.policy.state_dict().values()])
