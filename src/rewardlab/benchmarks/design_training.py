"""Training behind the designer loop: from rewards to what agents made of them.

Each candidate pays one PPO agent, with the settings that are known for the environment; it is judged by the task alone,
on episodes that nobody trained on. All candidates get the same seeds, so that a result does not depend on which others
are trained beside it.
"""

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.benchmarks.case import EVALUATION
from rewardlab.benchmarks.design_play import Recipe, record
from rewardlab.benchmarks.evaluation import evaluate
from rewardlab.benchmarks.pool import Pool
from rewardlab.benchmarks.train import Meter
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards.drivers.vector import PaidVector
from rewardlab.rewards.language.design.trained import Train, Trained
from rewardlab.rewards.language.design.transcript import load_steps, save_steps

_APART = 200  # transitions: points of a curve that are closer show the same agent


@dataclass(frozen=True)
class Course:
    """How candidates are trained and judged.

    Args:
        env: a Gymnasium id.
        steps: transitions to train each on, over all rows.
        weight: of the designed reward.
        alone: pay the designed reward alone, without the task's own.
        seed: of rows, networks and evaluation.
        episodes: of each evaluation.
        evaluations: points on the learning curve, beside the first, which stands before any training; fewer in a short
            training.
        jobs: processes; 1 trains in this one.
        timeout: seconds that the training of one candidate may take; only with processes.
        recipe: who is trained; what `Recipe.of` knows for the environment if not given.

    Raises:
        BadOption: for a number out of range.
    """

    env: str
    steps: int = 100_000
    weight: float = 1.0
    alone: bool = False
    seed: int = 0
    episodes: int = 50
    evaluations: int = 10
    jobs: int = 1
    timeout: float = 3600.0
    recipe: Recipe | None = None

    def __post_init__(self) -> None:
        for name in ("steps", "episodes", "evaluations", "jobs"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadOption(f"{name}={value!r}", where="Course", expected="an integer of at least 1")
        if not np.isfinite(self.weight):
            raise BadOption(f"weight={self.weight!r}", where="Course", expected="a finite number")

    def pays(self, reward: Reward) -> Reward:
        """The whole pipeline: the task's reward and the weighted designed one, or that one alone."""
        scaled = reward if self.weight == 1.0 else self.weight * reward
        return scaled if self.alone else Task() + scaled

    def settings(self) -> dict[str, Any]:
        """What decides the result."""
        left = ("jobs", "timeout") if self.recipe is not None else ("jobs", "timeout", "recipe")
        return {k: v for k, v in asdict(self).items() if k not in left}


def train_with(course: Course) -> Train:
    """The `Train` of a course: results come in order, each as soon as it is there."""

    def train(rewards: Sequence[Reward]) -> Iterator[Trained]:
        if course.jobs == 1 or len(rewards) == 1:
            return (train_one(course, reward) for reward in rewards)
        return _side_by_side(course, rewards)

    return train


def train_one(course: Course, reward: Reward) -> Trained:
    """Train one agent; a training that fails is a result too."""
    began = time.monotonic()
    try:
        return _trained(course, reward, began)
    except Exception as e:  # networks say NaN in many ways; one candidate is not to end the design
        return Trained.failed(f"{type(e).__name__}: {e}", time.monotonic() - began)


def _trained(course: Course, reward: Reward, began: float) -> Trained:
    import torch

    torch.manual_seed(course.seed)
    torch.set_num_threads(1)
    recipe = course.recipe or Recipe.of(course.env)
    envs = Meter(PaidVector(recipe.make(course.env), course.pays(reward)))
    judge = recipe.make(course.env, rows=course.episodes)
    curve: list[tuple[int, float, float | None]] = []
    paid: list[dict[str, float]] = []
    try:
        agent = recipe.agent(envs, steps=course.steps, seed=course.seed)

        def measure() -> None:
            value, success = evaluate(agent, judge, seed=course.seed + EVALUATION, episodes=course.episodes)
            curve.append((envs.steps, value, success))
            if envs.steps:
                paid.append(envs.since())

        measure()
        _learn(agent, envs, course, measure)
        steps = record(agent, judge, seed=course.seed + EVALUATION)
    finally:
        envs.close()
        judge.close()
    last = curve[-1]
    known = last[2] is not None
    names = [k for k in (paid[0] if paid else ()) if k not in ("paid", "task", "true", "task_part")]
    names = [k for k in names if k != "rest" or any(abs(p[k]) > 1e-9 for p in paid)]
    return Trained(
        success=float(last[2]) if last[2] is not None else float("nan"),
        task_return=float(last[1]),
        curve=tuple((at, float(success if known and success is not None else value)) for at, value, success in curve),
        steps=steps,
        seconds=time.monotonic() - began,
        parts={k: tuple(float(p[k]) for p in paid if k in p) for k in names},
    )


def _learn(agent: Any, envs: Meter, course: Course, measure: Any) -> None:
    """One call of `learn`, measured on the way."""
    from stable_baselines3.common.callbacks import BaseCallback

    points = min(course.evaluations, max(1, course.steps // _APART))
    left = [course.steps * k // points for k in range(1, points)]

    class Measure(BaseCallback):
        """Stops at the points of the curve."""

        def _on_step(self) -> bool:
            while left and envs.steps >= left[0]:
                left.pop(0)
                measure()
            return True

    agent.learn(course.steps, callback=Measure())
    measure()


def _side_by_side(course: Course, rewards: Sequence[Reward]) -> Iterator[Trained]:
    """Train in processes; a death or hang costs one candidate."""
    with tempfile.TemporaryDirectory(prefix="rewardlab-design-") as place:
        pool = Pool(_work, jobs=min(course.jobs, len(rewards)), logs=Path(place), timeout=course.timeout)
        waiting = list(enumerate(rewards))
        done: dict[int, Trained] = {}
        try:
            for k in range(len(rewards)):
                while k not in done:
                    while waiting and pool.idle:
                        i, reward = waiting.pop(0)
                        pool.give(str(i), (course, reward, str(Path(place) / f"{i}.npz")))
                    for outcome in pool.wait(1.0):
                        i = int(outcome.key)
                        if outcome.text is None:
                            done[i] = Trained.failed(outcome.blocked or outcome.log.strip()[-500:])
                            continue
                        path = Path(place) / f"{i}.npz"
                        steps = load_steps(path) if path.exists() else None
                        done[i] = Trained.from_json(json.loads(outcome.text), steps)
                yield done.pop(k)
        finally:
            pool.close()


def _work(course: Course, reward: Reward, path: str) -> dict[str, Any]:
    """What a process does: train, leave the episodes in a file, return the rest."""
    made = train_one(course, reward)
    if made.steps is not None:
        save_steps(path, made.steps)
    return made.to_json()
