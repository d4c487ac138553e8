"""Small deterministic environments and rewards for the tests of drivers, callbacks and statistics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rewardlab.core.arrays import Array, tree_copy, tree_leaves
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward


class Walk(gym.Env):
    """A walk on the line from a seeded start: action 1 goes right; ends at 3, is cut after `limit` steps.

    Rewards are multiples of 1/8, exact in float32. With `proxy`, info shows another true reward.
    """

    def __init__(self, limit: int = 7, *, as_dict: bool = False, proxy: bool = False) -> None:
        box = spaces.Box(-100.0, 100.0, (3,), np.float32)
        self.observation_space = spaces.Dict({"a": box, "b": spaces.Box(-9.0, 9.0, (), np.float64)}) if as_dict else box
        self.action_space = spaces.Discrete(2)
        self.limit, self.as_dict, self.proxy = limit, as_dict, proxy
        self.x = self.t = 0

    def _look(self) -> Any:
        a = np.array([self.x, self.t, self.x * self.t], dtype=np.float32)
        return {"a": a, "b": np.float64(self.x / 8)} if self.as_dict else a

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.x, self.t = int(self.np_random.integers(-2, 2)), 0
        return self._look(), {"position": float(self.x)}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.x += 2 * int(action) - 1
        self.t += 1
        ended = self.x >= 3
        info: dict[str, Any] = {
            "position": float(self.x),
            "success": ended,
            "pair": np.array([self.x, self.t]),
            "inner": {"speed": 0.5 * self.t},
        }
        if self.proxy:
            info["true_reward"] = float(ended)
        return self._look(), self.x / 8, ended, self.t >= self.limit, info


class Scripted(gym.Env):
    """Shows and pays what it is told, in episodes as long as the script."""

    def __init__(self, rewards: list[Any], *, obs: list[Any] | None = None, infos: list[dict[str, Any]] | None = None):
        self.observation_space = spaces.Box(-np.inf, np.inf, (1,), np.float32)
        self.action_space = spaces.Discrete(2)
        self.rewards, self.t = rewards, 0
        self.obs = obs or [0.0] * (len(rewards) + 1)
        self.infos = infos or [{} for _ in rewards]

    def _look(self) -> np.ndarray:
        return np.array([self.obs[self.t]], dtype=np.float32)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.t = 0
        return self._look(), {}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        self.t += 1
        return self._look(), self.rewards[self.t - 1], False, self.t >= len(self.rewards), self.infos[self.t - 1]


def walks(n: int, mode: AutoresetMode = AutoresetMode.SAME_STEP, **options: Any) -> SyncVectorEnv:
    """n walks whose limits differ, so that rows end at different times."""
    made: list[Callable[[], gym.Env]] = [lambda i=i: Walk(5 + i % 3, **options) for i in range(n)]  # type: ignore[misc]
    return SyncVectorEnv(made, autoreset_mode=mode)


def scripted(
    rewards: list[list[Any]], mode: AutoresetMode = AutoresetMode.SAME_STEP, **options: list[Any]
) -> SyncVectorEnv:
    """One `Scripted` per row."""
    made = [
        lambda i=i, r=r: Scripted(r, **{k: v[i] for k, v in options.items()})  # type: ignore[misc]
        for i, r in enumerate(rewards)
    ]
    return SyncVectorEnv(made, autoreset_mode=mode)


def first_and_last(obs: Any) -> Array:
    """A potential of any numeric observation, the same bits for one row as for many: no sum over rows or axes."""
    leaf = obs[min(obs)] if isinstance(obs, Mapping) else obs
    flat = leaf.reshape(len(leaf), -1)
    return flat[:, 0] * 0.5 + flat[:, -1] * 0.25


@dataclass
class Streak(Reward):
    """Pays an eighth for each step since the episode began: has memory."""

    memory = True
    count: np.ndarray = field(default_factory=lambda: np.zeros(0), init=False)

    def reset(self, begun: Array) -> None:
        if len(self.count) != len(begun):
            self.count = np.zeros(len(begun))
        self.count = np.where(begun, 0.0, self.count)

    def __call__(self, batch: Transitions) -> Array:
        self.count = self.count + 1.0
        return self.count / 8

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.count = np.array(state["count"])


@dataclass
class Centred(Reward):
    """Pays the first entry of the observation less its learned mean: learns."""

    scale: float = 1.0
    total: float = field(default=0.0, init=False)
    seen: int = field(default=0, init=False)
    shapes: list[tuple[int, ...]] = field(default_factory=list, init=False)

    def __call__(self, batch: Transitions) -> Array:
        leaf = tree_leaves(batch.next_obs)[0]
        mean = self.total / self.seen if self.seen else 0.0
        return self.scale * (leaf.reshape(*batch.shape, -1)[..., 0].astype(np.float64) - mean)

    def update(self, batch: Transitions) -> dict[str, float]:
        leaf = tree_leaves(batch.next_obs)[0].reshape(*batch.shape, -1)
        self.total += float(leaf[..., 0].sum(dtype=np.float64))
        self.seen += batch.reward.size
        self.shapes.append(batch.shape)
        return {"centred/mean": self.total / self.seen}

    def state_dict(self) -> dict[str, Any]:
        return {"total": self.total, "seen": self.seen}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.total, self.seen = float(state["total"]), int(state["seen"])


@dataclass
class Recorder(Reward):
    """Pays nothing and keeps every batch that it is called with, and every mask of `reset`."""

    batches: list[Transitions] = field(default_factory=list)
    begun: list[np.ndarray] = field(default_factory=list)

    def __call__(self, batch: Transitions) -> Array:
        self.batches.append(batch.map(tree_copy))
        return batch.reward * 0.0

    def reset(self, begun: Array) -> None:
        self.begun.append(begun)


@dataclass
class Given(Reward):
    """Pays whatever it is told, whatever the batch."""

    pay: Any

    def __call__(self, batch: Transitions) -> Array:
        return self.pay


def play(envs: Any, steps: int, *, seed: int = 0) -> list[tuple[Any, ...]]:
    """`steps` vector steps after a seeded reset, with actions from a seed of their own."""
    rng = np.random.default_rng(seed + 1)
    envs.reset(seed=seed)
    return [envs.step(rng.integers(0, 2, envs.num_envs)) for _ in range(steps)]
