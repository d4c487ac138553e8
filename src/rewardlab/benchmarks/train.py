"""One run: build, train, evaluate on the true reward, record."""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.vector import VectorWrapper

from rewardlab.benchmarks.case import EVALUATION, Case, base_seed
from rewardlab.benchmarks.evaluation import column, evaluate, make_vec, scale_of
from rewardlab.benchmarks.provenance import machine, versions
from rewardlab.benchmarks.scalars import Scalars
from rewardlab.core.agent import Agent
from rewardlab.core.algebra import Chain, Composite, Scale, Sum
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards.drivers.vector import PaidVector

TIMES = ("wall_seconds", "cpu_seconds")
"""What differs between two runs of the same case and seed; all else in a record is equal."""


def train_one(case: Case, seed: int, folder: Path) -> dict[str, Any]:
    """Train and evaluate one case with one seed.

    Args:
        case: what to run.
        seed: the number of the run; its base seed is seed * 10^6.
        folder: of the whole benchmark; TensorBoard files go to `tensorboard/<env>/<method>/seed<k>` below it.

    Returns:
        The record, JSON: the case by name, `curve` [(steps, mean true return, success rate)], `final` (the last mean
        true return), `score` (normalised: 0 random, 1 optimal), `area` (the mean normalised score over the curve),
        `success`, `pay` (mean per transition, of each part too), seconds, versions, platform.

    Raises:
        BadOption: if neither the case nor the environment's card says what random and optimal returns are.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    base = base_seed(seed)
    judge = make_vec(case, case.episodes)
    scale, card = scale_of(case, judge)
    had_torch = "torch" in sys.modules
    agent, envs = _build(case, base)
    if "torch" in sys.modules and not had_torch:
        # The factories imported torch: its generator was not yet seeded when they drew from it.
        envs.close()
        agent, envs = _build(case, base)
    place = folder / "tensorboard" / case.env.replace("/", "-") / case.method.replace("/", "-") / f"seed{seed}"
    curve: list[tuple[int, float, float | None]] = []
    with Scalars(place) as board:

        def measure() -> None:
            value, success = evaluate(agent, judge, seed=base + EVALUATION, episodes=case.episodes)
            curve.append((envs.steps, value, success))
            board.write(envs.steps, _scalars(value, success, scale, envs.since()))

        measure()
        _learn(agent, envs, case.budget, case.evaluations, measure)
    envs.close()
    judge.close()
    normal = [(value - scale[0]) / (scale[1] - scale[0]) for _, value, _ in curve]
    return {
        **case.spec(seed),
        "key": case.key(seed),
        "base_seed": base,
        "curve": [list(point) for point in curve],
        "final": curve[-1][1],
        "score": normal[-1],
        "area": float(np.mean(normal)),
        "success": curve[-1][2],
        "random_return": scale[0],
        "optimal_return": scale[1],
        "pay": envs.means(),
        "rewards": _classes(envs.reward),
        "agent_class": type(agent).__name__,
        "card": card,
        "versions": versions(),
        "platform": machine(),
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
    }


class Meter(VectorWrapper):
    """Counts the transitions of a training environment and sums what each reward part paid."""

    def __init__(self, envs: PaidVector) -> None:
        super().__init__(envs)
        self.reward: Reward = envs.reward
        self.steps = 0  # transitions over all rows
        self._sums: dict[str, float] = {}
        self._before: tuple[int, dict[str, float]] = (0, {})

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """One step of every row."""
        out = self.env.step(actions)
        info, done = out[4], array(out[2]) | array(out[3])
        self.steps += self.num_envs
        true = column(info, "true_reward", done)
        self._add("paid", out[1])
        self._add("task", info["task_reward"])
        if true is not None:
            self._add("true", true[0])
        for name, paid in info["reward_parts"].items():
            self._add(f"{name}_part" if name in ("paid", "task", "true") else name, paid)
        return out

    def _add(self, name: str, values: Any) -> None:
        self._sums[name] = self._sums.get(name, 0.0) + float(array(values).sum())

    def means(self) -> dict[str, float]:
        """Mean per transition since the beginning: `paid`, `task`, `true` if there is one, and each part."""
        return {k: v / self.steps for k, v in self._sums.items()}

    def since(self) -> dict[str, float]:
        """The same since the last call."""
        steps, sums = self._before
        self._before = (self.steps, dict(self._sums))
        return {k: (v - sums.get(k, 0.0)) / (self.steps - steps) for k, v in self._sums.items() if self.steps > steps}


def _build(case: Case, base: int) -> tuple[Agent, Meter]:
    """Agent and training environment, from seeded generators."""
    random.seed(base)
    np.random.seed(base)  # noqa: NPY002  Stable-Baselines3's buffers draw from it
    if "torch" in sys.modules:
        import torch

        torch.manual_seed(base)
        torch.set_num_threads(1)
    plain = make_vec(case, case.num_envs)
    reward = case.reward(plain, base)
    if reward is not None and not isinstance(reward, Reward):
        raise BadOption(f"the reward factory gave {reward!r}", where=case.name, expected="a Reward or None")
    envs = Meter(PaidVector(plain, Task() if reward is None else reward, update_every=case.update_every))
    envs.reset(seed=base)
    return case.agent(envs, base), envs


def _learn(agent: Any, envs: Meter, budget: int, evaluations: int, measure: Callable[[], None]) -> None:
    """Train for `budget` transitions and measure at `evaluations` points, the last after all."""
    targets = [budget * k // evaluations for k in range(1, evaluations + 1)]
    if "stable_baselines3" in sys.modules:
        from stable_baselines3.common.base_class import BaseAlgorithm

        if isinstance(agent, BaseAlgorithm):
            _learn_at_once(agent, envs, targets, measure)
            return
    for target in targets:
        if envs.steps < target:
            agent.learn(target - envs.steps)
        measure()


def _learn_at_once(agent: Any, envs: Meter, targets: list[int], measure: Callable[[], None]) -> None:
    """One call of `learn`: in several, Stable-Baselines3 would run its schedules to their end in each."""
    from stable_baselines3.common.callbacks import BaseCallback

    left = targets[:-1]

    class Measure(BaseCallback):
        def _on_step(self) -> bool:
            while left and envs.steps >= left[0]:
                left.pop(0)
                measure()
            return True

    agent.learn(targets[-1], callback=Measure())
    measure()


def _scalars(
    value: float, success: float | None, scale: tuple[float, float], parts: dict[str, float]
) -> dict[str, float]:
    out = {"eval/true_return": value, "eval/normalised": (value - scale[0]) / (scale[1] - scale[0])}
    return out | ({} if success is None else {"eval/success": success}) | {f"reward/{k}": v for k, v in parts.items()}


def _classes(reward: Reward) -> list[str]:
    """Names of the rewards that an expression is made of, without the +, * and `then` that join them."""
    own = [] if isinstance(reward, (Sum, Scale, Chain)) else [type(reward).__name__]
    if isinstance(reward, Composite):
        own += [name for child in reward.children() for name in _classes(child)]
    return list(dict.fromkeys(own))
