"""Levels by the second: drawn by our generators, and by MiniGrid's reset, in some of its tasks."""

import itertools
from typing import Any

import gymnasium as gym
import minigrid  # noqa: F401  (registers its ids)
import numpy as np

from rewardlab.benchmarks.throughput_scores import Score
from rewardlab.benchmarks.throughput_turns import Case, Size, turns

TASKS = (
    "MiniGrid-DoorKey-8x8-v0",
    "MiniGrid-MultiRoom-N6-v0",
    "MiniGrid-KeyCorridorS6R3-v0",
    "MiniGrid-ObstructedMaze-Full-v1",
)
GOAL = (50.0, 500.0)
"""Floor and moonshot."""


def levels(size: Size, tasks: tuple[str, ...] = TASKS) -> list[Score]:
    """Microseconds per level: drawn, and drawn and begun, which is what MiniGrid's reset does.

    Args:
        size: how much is measured.
        tasks: MiniGrid's ids, of tasks with a native generator.
    """
    cases: dict[str, Case] = {}
    for task in tasks:
        cases[f"{task}: reset"] = resets(task)
        cases[f"{task}: level drawn"] = drawn(task, size.levels)
        cases[f"{task}: level drawn and begun"] = drawn(task, size.levels, begun=True)
    laps = turns(cases, size)
    found = []
    for task in tasks:
        peer = laps[f"{task}: reset"]
        found.append(Score.of(f"{task}: reset", peer, unit="µs"))
        for name in (f"{task}: level drawn", f"{task}: level drawn and begun"):
            found.append(Score.of(name, laps[name], unit="µs", peer="MiniGrid reset", against=peer, goal=GOAL))
    return found


def resets(task: str) -> Case:
    """MiniGrid's reset without a seed, as at the end of an episode: to seed its generator would cost more."""
    env = gym.make(task, disable_env_checker=True).unwrapped
    env.reset(seed=0)

    def run(steps: int) -> None:
        for _ in range(steps):
            env.reset()

    return Case(1, run)


def drawn(task: str, count: int, *, begun: bool = False) -> Case:
    """Our levels, `count` with each step, on one thread.

    Args:
        task: MiniGrid's id.
        count: levels drawn at once, of new seeds each time.
        begun: put them into environments too, and draw the first view.

    Raises:
        RuntimeError: if the levels are MiniGrid's own after all.
    """
    from rewardlab.envs.gridworlds.generators.minigrid_levels import MiniGridLevels
    from rewardlab.envs.gridworlds.minigrid import MiniGridTask

    draw: Any = MiniGridLevels(task, {})
    draw(np.arange(1, dtype=np.uint64))
    if draw._drawer is None:
        raise RuntimeError(f"{task} has no generator of our own")
    batch = MiniGridTask(task=task).batch(count, threads=1)
    rows = np.arange(count)
    seeds = (np.arange(first, first + count, dtype=np.uint64) for first in itertools.count(10**6, count))

    def run(steps: int) -> None:
        for some in itertools.islice(seeds, steps):
            found = draw(some)
            if begun:
                batch.begin(rows, found, rows)

    return Case(count, run)
