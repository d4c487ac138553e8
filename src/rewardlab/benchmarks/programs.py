"""What the overhead figures measure: environments, and programs that step them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

import rewardlab  # noqa: F401  (registers the ids)

SEA = "rewardlab/DeepSea-v0"
ROWS = 4096  # of a vector environment, where the cost of a row is asked for


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        repeats: repetitions of each program; the median counts.
        steps: vector steps per repetition, at `ROWS` rows.
        rows: transitions of the memory run.
    """

    repeats: int = 15
    steps: int = 200
    rows: int = 10_000_000


def depth(obs: np.ndarray) -> np.ndarray:
    """A potential of DeepSea(10): how deep the diver is, [B] -> [B]."""
    return obs * 0.01


def walk(envs: VectorEnv, steps: int, *, reset: bool = True) -> Callable[[], None]:
    """`steps` steps of all rows with random actions."""
    actions = random_actions(envs.num_envs)
    if reset:
        envs.reset(seed=0)

    def program() -> None:
        for t in range(steps):
            envs.step(actions[t % len(actions)])

    return program


def step_all(venv: Any, steps: int) -> Callable[[], None]:
    """The same for a Stable-Baselines3 `VecEnv`."""
    actions = random_actions(venv.num_envs)
    venv.seed(0)
    venv.reset()

    def program() -> None:
        for t in range(steps):
            venv.step(actions[t % len(actions)])

    return program


def staggered(envs: VectorEnv, length: int) -> VectorEnv:
    """Rows whose episodes of `length` steps end at all times: row i starts i steps after row 0, modulo `length`."""
    envs.reset(seed=0)
    index = np.arange(envs.num_envs)
    for t in range(1, length):
        envs.step(random_actions(envs.num_envs)[0])
        envs.reset(options={"reset_mask": index % length == t})
    return envs


def random_actions(n: int) -> list[np.ndarray]:
    """Sixteen steps of actions [N] in {0, 1}."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 2, n) for _ in range(16)]


def looped(name: str, n: int) -> VectorEnv:
    """n single environments in Gymnasium's SyncVectorEnv, in SAME_STEP mode."""
    keywords = {"autoreset_mode": AutoresetMode.SAME_STEP}
    return gym.make_vec(name, num_envs=n, vectorization_mode="sync", vector_kwargs=keywords)
