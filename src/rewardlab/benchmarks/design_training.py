"""Training behind the designer loop: an environment and a budget become a `Train`, from rewards to what agents made of
them.

Each candidate pays one PPO agent, with the settings that are known for the environment; it is judged by the task alone,
on episodes that nobody trained on. All candidates get the same seeds, so that a result does not depend on which others
are trained beside it.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv

from rewardlab.benchmarks.case import EVALUATION
from rewardlab.benchmarks.evaluation import evaluate
from rewardlab.benchmarks.train import Meter
from rewardlab.core.agent import as_vector_env
from rewardlab.core.arrays import array, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, RewardlabError
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards.drivers.vector import PaidVector
from rewardlab.rewards.language.design.trained import Train, Trained
from rewardlab.rewards.language.design.transcript import load_steps, save_steps

_LIMIT = 10_000  # steps after which an evaluation gives up on an episode


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
        evaluations: points on the learning curve, beside the first, which stands before any training.
        jobs: processes; 1 trains in this one.
        timeout: seconds that the training of one candidate may take; only with processes.

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
        return {k: v for k, v in asdict(self).items() if k not in ("jobs", "timeout")}


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
    except (RewardlabError, FloatingPointError, ValueError) as e:  # networks say NaN in these ways
        return Trained.failed(f"{type(e).__name__}: {e}", time.monotonic() - began)


def _trained(course: Course, reward: Reward, began: float) -> Trained:
    import torch

    torch.manual_seed(course.seed)
    torch.set_num_threads(1)
    recipe = Recipe.of(course.env)
    envs = Meter(PaidVector(recipe.make(course.env), course.pays(reward)))
    judge = recipe.make(course.env, rows=course.episodes)
    curve: list[tuple[int, float, float | None]] = []
    paid: list[dict[str, float]] = []
    try:
        agent = recipe.agent(envs, course)

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
    names = [k for k in (paid[0] if paid else ()) if k not in ("paid", "task", "true")]
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

    left = [course.steps * k // course.evaluations for k in range(1, course.evaluations)]

    class Measure(BaseCallback):
        """Stops at the points of the curve."""

        def _on_step(self) -> bool:
            while left and envs.steps >= left[0]:
                left.pop(0)
                measure()
            return True

    agent.learn(course.steps, callback=Measure())
    measure()


@dataclass(frozen=True)
class Recipe:
    """The PPO that an environment is trained with: the zoo's where it has one.

    Attributes:
        rows: of training.
        env_kwargs: of the environment.
        arguments: of the agent's constructor.
        zoo: the zoo's own recipe, if there is one.
    """

    rows: int
    env_kwargs: dict[str, Any]
    arguments: dict[str, Any]
    zoo: Any = field(default=None, repr=False)

    @staticmethod
    def of(env_id: str) -> "Recipe":
        """The recipe of an id."""
        from rewardlab.benchmarks import zoo

        if env_id in zoo.entries("ppo"):
            found = zoo.recipe("ppo", env_id)
            return Recipe(found.n_envs, found.env_kwargs, found.arguments, found)
        probe = as_vector_env(env_id)
        space, discrete = probe.single_observation_space, not isinstance(probe.single_action_space, spaces.Box)
        probe.close()
        arguments: dict[str, Any] = {
            "policy": "MultiInputPolicy" if isinstance(space, spaces.Dict) else "MlpPolicy",
            "n_steps": 128 if discrete else 256,
            "batch_size": 256,
            "n_epochs": 8,
            "ent_coef": 0.01 if discrete else 0.0,
            "learning_rate": 1e-3 if discrete else 3e-4,
        }
        return Recipe(16 if discrete else 8, {}, arguments)

    def make(self, env_id: str, *, rows: int | None = None) -> VectorEnv:
        """Rows of the environment as the agent sees it."""
        import gymnasium as gym

        if not self.env_kwargs:
            return as_vector_env(env_id, num_envs=rows or self.rows)
        return gym.make_vec(env_id, num_envs=rows or self.rows, **self.env_kwargs)

    def agent(self, envs: Meter, course: Course) -> Any:
        """Our PPO on these rows."""
        from rewardlab.agents.deep import PPO
        from rewardlab.benchmarks import zoo

        rows: Any = zoo.normalized(envs, self.zoo) if self.zoo is not None and self.zoo.normalize else envs
        return PPO(env=rows, seed=course.seed, device="cpu", **self.arguments)


def record(agent: Any, envs: VectorEnv, *, seed: int) -> Transitions:
    """The first episode of every row, played as `evaluate` plays it: [T, N] with the info columns.

    Rows that end before the last go on with further episodes.
    """
    from rewardlab.benchmarks.recording import Recorder

    recorder = Recorder()
    paid = PaidVector(envs, recorder, update_every=1)
    obs, _ = paid.reset(seed=seed)
    running, state = np.ones(paid.num_envs, dtype=bool), None
    begun = running.copy()
    normal = agent.get_vec_normalize_env() if hasattr(agent, "get_vec_normalize_env") else None
    for _ in range(_LIMIT):
        shown = obs if normal is None else normal.normalize_obs(tree_map(array, obs))
        action, state = agent.predict(
            shown, state=state, episode_start=begun, deterministic=not getattr(agent, "stochastic", False)
        )
        obs, _, terminated, truncated, _ = paid.step(action)
        begun = array(terminated) | array(truncated)
        running &= ~begun
        if not running.any():
            break
    return _joined(recorder.batches)


def _joined(batches: list[Transitions]) -> Transitions:
    """Batches [1, N] or [T, N] one after the other, with the columns that all have."""
    from dataclasses import replace

    names = [k for k in batches[0].info if all(k in b.info for b in batches)]
    plain = [replace(b, info={k: b.info[k] for k in names if not isinstance(b.info[k], dict)}) for b in batches]
    return Transitions.concat(plain)


def recorded_batch(env_id: str, *, rows: int = 1024, seed: int = 0, most: int = 40_000) -> Transitions:
    """Varied steps of random play for the dry run of programs: [B], with what is rare over-represented.

    Half of the rows of play repeat their actions for a while, which leads further than fresh ones at each step. Steps
    that end an episode are kept first, those that succeed before all others.

    Args:
        env_id: a Gymnasium id.
        rows: B.
        seed: of play.
        most: transitions that are played.
    """
    from rewardlab.benchmarks.recording import Recorder
    from rewardlab.rewards.language.reward_file import HIDDEN

    envs = Recipe.of(env_id).make(env_id, rows=32)
    recorder, rng = Recorder(), np.random.default_rng(seed)
    paid = PaidVector(envs, recorder, update_every=1)
    paid.reset(seed=seed)
    paid.action_space.seed(int(rng.integers(2**31)))
    action = paid.action_space.sample()
    length = np.where(np.arange(32) % 2, 1, 8)
    for _ in range(most // 32):
        change = rng.random(32) < 1 / length
        action = tree_map(lambda new, old: np.where(change.reshape(-1, *[1] * (new.ndim - 1)), new, old),
                          paid.action_space.sample(), action)  # fmt: skip
        paid.step(action)
    paid.close()
    whole = _joined(recorder.batches)
    names = {k: v for k, v in whole.info.items() if k not in HIDDEN and not k.startswith("_")}
    flat = Transitions(**{k: getattr(whole, k) for k in ("obs", "action", "reward", "next_obs", "terminated", "truncated")},
                       info=names).map(lambda x: x.reshape(-1, *x.shape[2:]))  # fmt: skip
    won = array(flat.info["success"]).astype(bool) if "success" in flat.info else np.zeros(len(flat), dtype=bool)
    chosen: list[int] = []
    for mask, share in ((won, 0.125), (array(flat.done) & ~won, 0.25), (np.ones(len(flat), dtype=bool), 1.0)):
        at = np.flatnonzero(mask)
        at = at[~np.isin(at, chosen)]
        room = min(len(at), int(share * rows) - (len(chosen) if share == 1.0 else 0))
        chosen += rng.choice(at, room, replace=False).tolist() if room > 0 else []
    return flat.rows(np.array(sorted(chosen)))


def _side_by_side(course: Course, rewards: Sequence[Reward]) -> Iterator[Trained]:
    """Train in processes; a death or hang costs one candidate."""
    import json

    from rewardlab.benchmarks.pool import Pool

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
