"""Regret as the environment tells it: sums of the info column `pseudo_regret`, and their log on a geometric grid."""

import math
from typing import Any

import numpy as np

from rewardlab.agents.loops.rollout import Step


def record(regret: np.ndarray, log: list[list[float]], step: Step, memory: np.ndarray, taken: int) -> None:
    """Add what the live rows of a step lost to `regret` [M], NaN where the environment does not tell it, and log it.

    Args:
        regret: [M] sums so far, changed in place.
        log: [steps of a memory, regret of each of the M] after the first step and then at each twentieth more.
        step: of N rows.
        memory: [B] which memory each live row belongs to.
        taken: steps of a memory so far, this one among them.
    """
    lost = step.column("pseudo_regret")
    regret += math.nan if lost is None else np.bincount(memory, lost[step.live], minlength=len(regret))
    if not log or taken >= 1.05 * log[-1][0]:
        log.append([taken, *regret.tolist()])


def slope(log: list[list[float]], begin: float) -> tuple[float, float]:
    """The exponent p of mean regret ~ T^p from `begin` steps on, and its standard error over the M runs.

    Each run's own logarithms would be noisy where a run has hardly lost anything, so the mean over runs is fitted; the
    error is that of the jackknife over runs.

    Args:
        log: as `record` writes it, with M >= 2 runs.
        begin: steps from which the fit begins.
    """
    table = np.array([line for line in log if line[0] >= begin])
    x, y = np.log(table[:, 0]), table[:, 1:]
    runs = y.shape[1]

    def fit(mean: np.ndarray) -> Any:
        return np.polyfit(x, np.log(np.maximum(mean, 1e-300)), 1)[0]

    left = np.array([fit((y.sum(1) - y[:, i]) / (runs - 1)) for i in range(runs)])
    return float(fit(y.mean(1))), float(np.sqrt((runs - 1) * left.var()))
