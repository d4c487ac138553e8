"""One run of a benchmark of preferences: a reward learned from comparisons, an agent trained on it, and both judged.

The agent is judged by the task's true reward, of which it has seen nothing; the model by pairs of random play that
nobody was asked about: how often it foretells a perfect teacher (accuracy), how surely (calibration), and how far its
reward is from the true one (EPIC, STARC).
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.benchmarks.case import EVALUATION, Case, base_seed
from rewardlab.benchmarks.evaluation import evaluate, make_vec, scale_of
from rewardlab.benchmarks.provenance import machine, versions
from rewardlab.benchmarks.recording import random_play
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.nets import child_seed
from rewardlab.core.reward import Reward, Task
from rewardlab.envs.continuing import Continuing
from rewardlab.rewards.drivers.vector import PaidVector
from rewardlab.rewards.metrics import calibration, epic_sampled, starc
from rewardlab.rewards.preference import (
    PreferenceLearning,
    Queries,
    Teacher,
    pair_segments,
)

FRESH = 500
"""Pairs that the model is judged by."""
FAR = 128
"""Steps, and imagined successors, by which sampled distances are measured."""
Utility = Callable[[VectorEnv], Callable[[Transitions], Array]]


@dataclass(frozen=True)
class Asking:
    """How a reward is learned in a run; what a case's reward factory gives in place of a reward.

    Attributes:
        model: of a segment.
        utility: steps -> how good a perfect teacher thinks each is.
        teacher: (utility, seed) -> who is asked.
        strategy: which pairs are asked about.
        labels: in all.
        rounds: how often.
        length: steps of a segment.
        horizon: steps after which all rows begin anew, where the ends of the task are hidden; None if it has none.
        epochs: of each fit.
    """

    model: Any
    utility: Callable[[Transitions], Array]
    teacher: Callable[[Callable[[Transitions], Array], int], Any]
    strategy: Any
    labels: int
    rounds: int
    length: int
    horizon: int | None = None
    epochs: int = 50


def train_preferences(case: Case, seed: int, folder: Path) -> dict[str, Any]:
    """Learn a reward and train on it, or train on one that is known, or on the task's own.

    Args:
        case: whose reward factory gives an `Asking`, a Reward, or None for the task's own.
        seed: the number of the run; its base seed is seed * 10^6.
        folder: of the benchmark; nothing else is written there.

    Returns:
        The record, JSON, as of `train_one`, with `labels`, and of the model `accuracy`, `calibration` (expected error),
        `reliability` (per bin: mean probability, share that came true, count), `epic` and `starc` (0 the same, 1 the
        opposite; STARC for tables alone).
    """
    import torch

    began = time.perf_counter(), time.process_time()
    base = base_seed(seed)
    random.seed(base)
    np.random.seed(base)  # noqa: NPY002  Stable-Baselines3's buffers draw from it
    torch.manual_seed(base)
    torch.set_num_threads(1)
    judge, plain = make_vec(case, case.episodes), make_vec(case, case.num_envs)
    scale, card = scale_of(case, judge)
    given: Any = case.reward(plain, base)
    asking, envs = (given, plain) if isinstance(given, Asking) else (None, plain)
    if isinstance(given, Reward):
        envs = PaidVector(plain, given)
    elif asking is not None and asking.horizon is not None:
        envs = Continuing(plain, asking.horizon)
    agent: Any = case.agent(envs, base)
    curve = [(0, *evaluate(agent, judge, seed=base + EVALUATION, episodes=case.episodes))]
    found: dict[str, Any] = {"labels": 0}
    if asking is None:
        agent.learn(case.budget)
    else:
        learning = PreferenceLearning(
            agent,
            asking.model,
            asking.teacher(asking.utility, child_seed(base, 1)),
            Queries(asking.strategy, length=asking.length),
            labels=asking.labels,
            rounds=asking.rounds,
            epochs=asking.epochs,
            seed=base,
        )
        learning.learn(case.budget)
        found = {"labels": int(sum(r["answered"] for r in learning.history)), "rounds": learning.history}
        found |= judged(asking, make_vec(case, 8), seed=base + EVALUATION)
    curve.append((int(agent.num_timesteps), *evaluate(agent, judge, seed=base + EVALUATION, episodes=case.episodes)))
    judge.close()
    envs.close()
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
        "pay": {},
        "rewards": [type(Task() if given is None else given if asking is None else asking.model).__name__],
        "agent_class": type(agent).__name__,
        "card": card,
        **found,
        "versions": versions(),
        "platform": machine(),
        "wall_seconds": time.perf_counter() - began[0],
        "cpu_seconds": time.process_time() - began[1],
    }


def judged(asking: Asking, envs: VectorEnv, *, seed: int) -> dict[str, Any]:
    """Accuracy, calibration and distances of a model, on random play."""
    play = random_play(envs, 100 * asking.length, seed=seed)
    pairs = pair_segments(play, pairs=FRESH, length=asking.length, seed=seed)
    label = np.asarray(Teacher(asking.utility)(pairs))
    sided = np.isfinite(label) & (label != 0.5)
    chance = asking.model.probabilities(pairs).mean(0)[sided]
    out: dict[str, Any] = {"accuracy": float("nan"), "calibration": float("nan"), "reliability": []}
    if sided.any():
        fit = calibration(chance, label[sided])
        shown = [list(map(float, row)) for row in zip(fit.stated, fit.happened, fit.count, strict=True)]
        out = {
            "accuracy": float(((chance > 0.5) == (label[sided] > 0.5)).mean()),
            "calibration": float(fit.expected_error),
            "reliability": shown,
        }
    return out | distances(asking, envs, play, seed=seed)


def distances(asking: Asking, envs: VectorEnv, play: Transitions, *, seed: int) -> dict[str, float]:
    """How far the model's reward is from the utility that the teacher judges by."""
    mdp = table_of(envs)
    if mdp is not None:
        mine, true = (np.asarray(tabulated(r, mdp), dtype=float) for r in (asking.model, asking.utility))
        return {"starc": float(starc(mdp, mine, true)), "epic": float("nan")}
    flat = play.map(lambda x: x.reshape(-1, *x.shape[2:]))
    rng = np.random.default_rng(seed)
    batch, samples = (flat.rows(rng.choice(len(flat), FAR, replace=False)) for _ in range(2))
    return {"epic": float(epic_sampled(batch, asking.model, asking.utility, samples=samples, gamma=0.99))}


def table_of(envs: VectorEnv) -> TabularMDP | None:
    """The exact process, with γ = 0.95, of an environment whose observations number its states.

    Beyond these it may have one more state, the last, where all is over.
    """
    rules = getattr(envs.unwrapped, "rules", None)
    if rules is None or type(envs.single_observation_space).__name__ != "Discrete":
        return None
    try:
        mdp = rules.to_mdp()
    except (NotImplementedError, AttributeError):
        return None
    seen = int(envs.single_observation_space.n)  # type: ignore[attr-defined]
    if mdp.num_states != seen and not (mdp.num_states == seen + 1 and mdp.terminal[-1]):
        return None
    return TabularMDP(mdp.P, mdp.R, gamma=0.95, initial=mdp.initial, terminal=mdp.terminal)


def tabulated(reward: Any, mdp: TabularMDP) -> Array:
    """A reward of numbered states and actions as [S, A]; where all is over it pays 0."""
    live = np.flatnonzero(~mdp.terminal)
    obs, action = np.repeat(live, mdp.num_actions), np.tile(np.arange(mdp.num_actions), len(live))
    none = np.zeros(len(obs), dtype=bool)
    table = np.zeros((mdp.num_states, mdp.num_actions))
    paid = reward(Transitions(obs, action, np.zeros(len(obs)), obs, none, none))
    table[live] = np.asarray(paid).reshape(len(live), -1)
    return table


def asked(envs: VectorEnv, seed: int, *, model: Callable[..., Reward], utility: Utility, **options: Any) -> Any:
    """A case's reward factory: an `Asking` in these environments."""
    made = model(
        observation_space=envs.single_observation_space,
        action_space=envs.single_action_space,
        seed=child_seed(seed, 2),
    )
    return Asking(model=made, utility=utility(envs), **options)


def nothing(envs: VectorEnv, seed: int) -> None:
    """The task's own reward."""
