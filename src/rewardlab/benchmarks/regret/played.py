"""One cell of a regret benchmark: N independent runs of an agent, played at once, with their regret on the way.

    regret of run i after t steps = Σ_{s <= t} pseudo_regret_s

The environment tells each step's loss exactly, so that the curves hold no noise of pay, only that of the agent's luck.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.benchmarks.case import Case, base_seed
from rewardlab.benchmarks.evaluation import make_vec
from rewardlab.benchmarks.provenance import machine, versions
from rewardlab.benchmarks.regret.shape import min_frac, suffix_fail
from rewardlab.core.errors import BadOption

POINTS = 60
"""On a curve, at about equal distances of the logarithm."""
KEPT = 12
"""Points at which the regret of every run is kept, for rates and their intervals."""
FIRST = 10
"""Steps before the first point."""


def play(case: Case, seed: int, folder: Path) -> dict[str, Any]:
    """Play one case with one seed.

    Args:
        case: `num_envs` runs of `budget / num_envs` steps each; its agent has a memory for each row and logs `regret`.
        seed: the number of the block of runs; run i has the seed seed * 10^6 + i.
        folder: of the benchmark; nothing else is written there.

    Returns:
        The record, JSON: the case by name; `steps` [P] and `mean`, `error` (standard error of the mean), `low`, `high`
        (5 % and 95 % of runs) [P] of the regret; `kept_steps` [K] and `kept` [K, N]; `arms` (means and deviation),
        `min_frac` and `suffix_fail` (means over runs) where the environment is stationary arms; seconds, versions,
        platform.

    Raises:
        BadOption: for an agent that shares one memory among the rows, or an environment that does not tell its regret.
    """
    began = time.perf_counter(), time.process_time()
    base, rounds = base_seed(seed), case.budget // case.num_envs
    envs = make_vec(case, case.num_envs)
    agent: Any = case.agent(envs, base)
    if np.shape(getattr(agent, "regret", 0.0)) != (case.num_envs,):
        raise BadOption(f"{type(agent).__name__} has no regret of each row", where=case.name, mend="independent=True")
    first = min(FIRST, rounds)
    middle = max(1, rounds // 2)
    marks = np.unique([*np.geomspace(first, rounds, POINTS).round().astype(int), middle])
    rows, done, half = [], 0, None
    for mark in marks:
        agent.learn(int(mark - done) * case.num_envs)
        done = mark
        if done == middle:
            half = np.array(getattr(agent, "counts", 0))
        rows.append(np.array(agent.regret, dtype=float))
    regret = np.stack(rows)  # [P, N]
    if not np.isfinite(regret).all():
        raise BadOption("no pseudo_regret", where=case.name, expected="an environment that tells what each step lost")
    chosen = np.unique(np.linspace(0, len(marks) - 1, KEPT).round().astype(int))
    law = getattr(getattr(envs.unwrapped, "rules", None), "arms_law", None)
    arms = None if law is None else law()
    envs.close()
    failed = {} if arms is None else _failed(half, np.array(agent.counts), np.array(arms.means))
    return {
        **case.spec(seed),
        "key": case.key(seed),
        "base_seed": base,
        "runs": case.num_envs,
        "steps": marks.tolist(),
        "mean": regret.mean(1).tolist(),
        "error": (regret.std(1, ddof=min(1, case.num_envs - 1)) / np.sqrt(case.num_envs)).tolist(),
        "low": np.quantile(regret, 0.05, axis=1).tolist(),
        "high": np.quantile(regret, 0.95, axis=1).tolist(),
        "kept_steps": marks[chosen].tolist(),
        "kept": regret[chosen].round(6).tolist(),
        "arms": None if arms is None else {"means": list(arms.means), "deviation": arms.deviation},
        **failed,
        "agent_class": type(agent).__name__,
        "versions": versions(),
        "platform": machine(),
        "wall_seconds": time.perf_counter() - began[0],
        "cpu_seconds": time.process_time() - began[1],
    }


def _failed(half: Any, whole: np.ndarray, means: np.ndarray) -> dict[str, float]:
    best = means == means.max()
    return {
        "min_frac": float(min_frac(whole).mean()),
        "suffix_fail": float(suffix_fail(half, whole, best).mean()),
    }
