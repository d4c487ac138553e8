"""How long it takes until the last 100 episodes return 0.9 on average: CPU time, wall time and environment steps."""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import stable_baselines3
from stable_baselines3.common.callbacks import BaseCallback

from rewardlab.agents.deep import PPO
from rewardlab.benchmarks import training_speed_envs as envs

TARGET, EPISODES, BUDGET = 0.9, 100, 1_000_000
"""The mean return, of how many last episodes, and the environment steps after which a run gives up."""
ROWS = 64
OPTIONS: dict[str, Any] = {
    "learning_rate": 1e-3,
    "n_steps": 32,
    "batch_size": 512,
    "n_epochs": 4,
    "gamma": 0.99,
    "gae_lambda": 0.95,
    "ent_coef": 0.01,
    "device": "cpu",
}
SIDES: dict[str, tuple[Any, Callable[[str, int], Any]]] = {
    "ours": (PPO, envs.ours),
    "SB3, our environments": (stable_baselines3.PPO, envs.bridged),
    "SB3, MiniGrid's": (stable_baselines3.PPO, envs.theirs),
}
"""Side -> the algorithm, and where it learns."""


@dataclass(frozen=True)
class Reached:
    """One run.

    Attributes:
        seed: of the agent and the environments.
        steps: environment steps until the target, over all rows.
        cpu: seconds of CPU time until then.
        wall: seconds until then.
        reached: False where the run gave up.
    """

    seed: int
    steps: int
    cpu: float
    wall: float
    reached: bool


class Target(BaseCallback):
    """Ends training at the first rollout after which the last episodes return enough."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = (0.0, 0.0)
        self.found: tuple[int, float, float] | None = None

    def _on_training_start(self) -> None:
        self.begun = (time.process_time(), time.perf_counter())

    def _on_rollout_end(self) -> None:
        if self.found is None and full_mean(self.model.ep_info_buffer or ()) > TARGET:
            cpu, wall = self.begun
            self.found = (self.num_timesteps, time.process_time() - cpu, time.perf_counter() - wall)

    def _on_step(self) -> bool:
        return self.found is None


def full_mean(records: Sequence[Any] | Any) -> float:
    """The mean return of as many episodes as the target asks for; minus infinity of fewer."""
    if len(records) < EPISODES:
        return -math.inf
    return statistics.fmean(r["r"] for r in list(records)[-EPISODES:])


def race(side: str, task: str, seed: int, *, budget: int = BUDGET) -> Reached:
    """One run of one side.

    Args:
        side: a name in `SIDES`.
        task: MiniGrid's id.
        seed: number of the run; seeds of rows stand far apart, as row i is seeded with the run's + i.
        budget: environment steps after which it gives up.
    """
    algorithm, make = SIDES[side]
    base = seed * 1_000_000
    rows = make(task, ROWS)
    model = algorithm("MlpPolicy", rows, seed=base, **OPTIONS)
    target = Target()
    cpu, wall = time.process_time(), time.perf_counter()
    model.learn(budget, callback=target)
    spent = (time.process_time() - cpu, time.perf_counter() - wall)
    rows.close()
    if target.found is None:
        return Reached(seed, model.num_timesteps, *spent, False)
    return Reached(seed, *target.found, True)


def races(task: str, seeds: int, *, budget: int = BUDGET, told: Callable[[str, Reached], Any] | None = None) -> Any:
    """All runs, the sides in turns; each round begins with another one.

    Returns:
        Side -> its runs, in the order of seeds.
    """
    names = list(SIDES)
    for name in names:
        race(name, task, 0, budget=1)  # compiles
    found: dict[str, list[Reached]] = {name: [] for name in names}
    for seed in range(seeds):
        for name in names[seed % len(names) :] + names[: seed % len(names)]:
            one = race(name, task, seed, budget=budget)
            found[name].append(one)
            if told is not None:
                told(name, one)
    return found


def ratio(above: Sequence[float], below: Sequence[float], *, draws: int = 10_000) -> dict[str, float]:
    """The ratio of two geometric means with its 95 % bootstrap interval, and the ratio of the medians.

    Args:
        above: numbers > 0, one for each run.
        below: as well, of other runs: the two are resampled independently.
        draws: of the bootstrap.
    """
    rng = np.random.default_rng(0)
    a, b = np.log(np.asarray(above, dtype=float)), np.log(np.asarray(below, dtype=float))
    drawn = [rng.choice(x, (draws, len(x))).mean(1) for x in (a, b)]
    low, high = np.quantile(drawn[0] - drawn[1], (0.025, 0.975))
    return {
        "ratio": math.exp(a.mean() - b.mean()),
        "low": math.exp(low),
        "high": math.exp(high),
        "medians": statistics.median(above) / statistics.median(below),
    }
