"""Environment steps per second of whole training, end to end: acting, stepping and learning."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import stable_baselines3
import torch
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from rewardlab.agents import deep
from rewardlab.benchmarks import training_speed_envs as envs
from rewardlab.benchmarks.throughput_scores import Score
from rewardlab.benchmarks.throughput_turns import Case, Size, turns

GOAL = (4.0, 10.0)
"""Floor and moonshot of PPO in MiniGrid's tasks, against Stable-Baselines3 with MiniGrid's own environments."""
GRID: dict[str, Any] = {
    "learning_rate": 1e-3,
    "n_steps": 32,
    "batch_size": 512,
    "n_epochs": 4,
    "gamma": 0.99,
    "gae_lambda": 0.95,
    "ent_coef": 0.01,
}
SLOW_START: dict[str, Any] = {"learning_starts": 256, "buffer_size": 50_000}


@dataclass(frozen=True)
class Contest:
    """One training, by each side.

    Attributes:
        algorithm: its name, the same on both sides.
        task: an id.
        rows: environments.
        options: of the constructor, the same on both sides.
        alone: nobody else runs it: what only our loop is made for.
    """

    algorithm: str
    task: str
    rows: int
    options: dict[str, Any]
    alone: bool = False

    @property
    def name(self) -> str:
        """What the table calls it."""
        short = self.task.removeprefix("MiniGrid-").rpartition("-v")[0]
        return f"{self.algorithm} {short} x {self.rows}"


CONTESTS = (
    Contest("PPO", "CartPole-v1", 8, {"n_steps": 256, "batch_size": 256, "n_epochs": 10}),
    Contest("PPO", "MiniGrid-Empty-8x8-v0", 8, {**GRID, "n_steps": 128, "batch_size": 256}),
    Contest("PPO", "MiniGrid-Empty-8x8-v0", 64, GRID),
    Contest("PPO", "MiniGrid-Empty-8x8-v0", 1024, {**GRID, "n_steps": 16, "batch_size": 2048}, alone=True),
    Contest("DQN", "CartPole-v1", 1, {**SLOW_START, "train_freq": 4}),
    Contest("SAC", "Pendulum-v1", 1, SLOW_START),
)


def trained(algorithm: Any, rows: Any, options: dict[str, Any]) -> Case:
    """A training that goes on from call to call; a step is one rollout and what is learned from it.

    Args:
        algorithm: the class, ours or Stable-Baselines3's.
        rows: its environments.
        options: of the constructor.
    """
    model = algorithm("MlpPolicy", rows, seed=0, device="cpu", **options)
    each = model.n_steps if isinstance(model, OnPolicyAlgorithm) else 32
    first = int(getattr(model, "learning_starts", 0))
    if first:
        model.learn(first + each)  # nothing is learned before

    def run(rounds: int) -> None:
        model.learn(rounds * each * model.n_envs, reset_num_timesteps=False, log_interval=10**9)

    return Case(each * int(rows.num_envs), run)


def contest(one: Contest, size: Size) -> list[Score]:
    """Nanoseconds per environment step of all sides, in turns."""
    mine = getattr(deep, one.algorithm)
    cases = {"ours": trained(mine, envs.ours(one.task, one.rows), one.options)}
    grid = one.task.startswith("MiniGrid-")
    if not one.alone:
        peer = getattr(stable_baselines3, one.algorithm)
        cases["SB3"] = trained(peer, envs.theirs(one.task, one.rows), one.options)
        if grid:
            cases["bridge"] = trained(peer, envs.bridged(one.task, one.rows), one.options)
    laps = turns(cases, size)
    if one.alone:
        return [Score.of(one.name, laps["ours"], unit="µs")]
    words = "SB3, MiniGrid's own" if grid else "SB3"
    found = [Score.of(f"{one.name}: {words}", laps["SB3"], unit="µs")]
    goal = GOAL if grid else None
    found.append(Score.of(f"{one.name}: ours", laps["ours"], unit="µs", peer=words, against=laps["SB3"], goal=goal))
    if grid:
        bridge = "SB3, our environments"
        found.append(Score.of(f"{one.name}: {bridge}", laps["bridge"], unit="µs", peer=words, against=laps["SB3"]))
        found.append(Score.of(f"{one.name}: ours", laps["ours"], unit="µs", peer=bridge, against=laps["bridge"]))
    return found


def per_second(score: Score) -> tuple[int, int]:
    """Environment steps per second by the wall clock, and per second of CPU time."""
    assert score.cpu is not None
    return round(1e6 / score.value), round(1e6 / score.cpu) if score.cpu > 0 else 0


def steps(size: Size, contests: Sequence[Contest] = CONTESTS, told: Callable[[str], Any] | None = None) -> list[Score]:
    """All contests, one after the other, on one thread of torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found: list[Score] = []
        for one in contests:
            if told is not None:
                told(one.name)
            found += contest(one, size)
        return found
    finally:
        torch.set_num_threads(before)


def budget(size: Size, contests: Sequence[Contest] = CONTESTS) -> float:
    """About how many seconds `steps` takes."""
    sides = [1 if c.alone else 3 if c.task.startswith("MiniGrid-") else 2 for c in contests]
    return math.ceil(sum(sides) * size.seconds * 1.3)
