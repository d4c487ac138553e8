"""Cases and work for the tests of the harness: runs that take milliseconds, and runs that go wrong in every way."""

import ctypes
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.agents.tabular import QLearning
from rewardlab.benchmarks.case import Case
from rewardlab.core.reward import Reward, Task

ENVS = ("rewardlab/DeepSea-v0", "rewardlab/BernoulliBandit-v0")


def none(envs: VectorEnv, seed: int) -> Reward | None:
    """The task's own reward and nothing else."""
    return None


def doubled(envs: VectorEnv, seed: int, *, weight: float = 2.0) -> Reward:
    """The task's reward, twice."""
    return weight * Task()


def learner(envs: VectorEnv, seed: int) -> QLearning:
    """Q-learning."""
    return QLearning(envs, seed=seed)


def make(method: str, *, env: str = ENVS[0], seeds: int = 3, weight: float = 1.0) -> Case:
    """A case whose method says what becomes of its runs."""
    reward = none if method == "none" else partial(doubled, weight=weight)
    return Case(env, method, reward, learner, budget=100, seeds=tuple(range(seeds)), num_envs=2, evaluations=4)


def many(seeds: int) -> list[Case]:
    """Two methods in two environments."""
    return [make(method, env=env, seeds=seeds) for env in ENVS for method in ("none", "double")]


def ran(folder: Path) -> list[str]:
    """ "method seed" of each time that a run was begun."""
    path = folder / "ran.txt"
    return path.read_text().splitlines() if path.exists() else []


def record(case: Case, seed: int) -> dict[str, Any]:
    """A record as `train_one` makes it, with numbers from the key."""
    rng = np.random.default_rng([seed, len(case.method), len(case.env)])
    values = np.sort(rng.random(case.evaluations + 1))
    steps = [case.budget * k // case.evaluations for k in range(case.evaluations + 1)]
    return {
        **case.spec(seed),
        "key": case.key(seed),
        "curve": [[s, float(v), float(v)] for s, v in zip(steps, values, strict=True)],
        "final": float(values[-1]),
        "score": float(values[-1]),
        "area": float(values.mean()),
        "success": float(values[-1]),
        "random_return": 0.0,
        "optimal_return": 1.0,
        "rewards": ["Task"],
        "card": {"summary": "A task <of> tests.", "reward": "1 & more", "source": "Nobody, 1999"},
        "versions": {"rewardlab": "0", "python": "3", "source": "abc", "numpy": "2"},
        "platform": "a machine",
        "wall_seconds": time.perf_counter(),
        "cpu_seconds": time.process_time(),
    }


def work(case: Case, seed: int, folder: Path, *, pause: float = 0.0) -> dict[str, Any]:
    """What the case's method says; "once" methods go wrong in their first try only."""
    with (folder / "ran.txt").open("a") as f:
        f.write(f"{case.method} {seed}\n")
    print(f"{case.method} {seed} begins")
    time.sleep(pause)
    kind = case.method
    if kind.endswith(" once"):
        kind = kind.removesuffix(" once") if ran(folder).count(f"{case.method} {seed}") == 1 else "none"
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "segfault":
        ctypes.string_at(0)
    elif kind == "hang":
        time.sleep(1000)
    elif kind == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif kind == "raises":
        raise ValueError("a mistake in the reward")
    elif kind == "leaves":
        sys.exit(5)
    elif kind == "memory":
        raise MemoryError
    elif kind == "no json":
        return {"set": {1}}
    elif kind == "disk":
        raise OSError(28, "No space left on device")
    return record(case, seed)


def pid() -> int:
    """Who works."""
    return os.getpid()


def environment(names: tuple[str, ...]) -> list[str | None]:
    """What a worker was told."""
    return [os.environ.get(n) for n in names]


def sleep(seconds: float) -> float:
    """A job of a given length."""
    time.sleep(seconds)
    return seconds


def main() -> int:
    """A driver to be killed: FOLDER [SEEDS [PAUSE]]."""
    from rewardlab.benchmarks import harness

    count = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    wait = float(sys.argv[3]) if len(sys.argv) > 3 else 0.02
    try:
        harness.run(many(count), sys.argv[1], jobs=2, progress=False, train=partial(work, pause=wait))
    except KeyboardInterrupt as e:
        print(e)
        return 130
    return 0
