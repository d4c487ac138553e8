"""Implicit against explicit reward models.

    r(x, y) = β log(π(y | x) / π_ref(y | x)),    accuracy = mean 1[r(x, y_w) > r(x, y_l)]

A policy trained on preferences is a reward model too. On the pairs that it learned from it ranks as well as an explicit
model, elsewhere worse: its reward is a sum over tokens and keys on their surface. The report compares the two on every
shift with the same pairs. On tables both rank alike, so that any gap is one of generalisation. Evidence:
`benchmarks.effects.written_shifts`, a small transformer and 1,000 pairs: not shown on the mean of five shifts (81.7 %
explicit, 80.4 % implicit). The explicit one is ahead where synonyms mix (81 and 72 %), and not on pairs like those that
both learned from (93 and 97 %).

Source: Lin, Seto, ter Hoeve, Metcalf, Theobald, Wang, Zhang, Huang, Zhang, "On the Limited Generalization Capability of
the Implicit Reward Model Induced by Direct Preference Optimization", EMNLP Findings 2024, Section 3.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadBatch, BadOption

Score = Callable[[Any], np.ndarray]
"""Whatever a data set holds of B responses -> their rewards [B]."""


@dataclass(frozen=True)
class Pairs:
    """Comparisons: what a score takes of the preferred responses, and of the others.

    Attributes:
        winner, loser: in the form that the score takes, B of each.
    """

    winner: Any
    loser: Any


@dataclass(frozen=True)
class Comparison:
    """Two models on the same pairs.

    Attributes:
        first, second: their accuracies, in 0..1; equals count half.
        difference: first − second.
        error: the standard error of the difference, by pairs.
    """

    first: float
    second: float
    difference: float
    error: float


def implicit_reward(logp: np.ndarray, reference: np.ndarray, *, beta: float) -> np.ndarray:
    """β (log π − log π_ref) [...]; what it lacks, β log Z of the prompt, cancels in every pair.

    Raises:
        BadOption: for a beta that is not positive.
    """
    if not 0 < beta < math.inf:
        raise BadOption(f"beta={beta!r}", where="implicit_reward", expected="a number above 0")
    return beta * (np.asarray(logp, dtype=np.float64) - np.asarray(reference, dtype=np.float64))


def evaluate_reward_model(score: Score, sets: Mapping[str, Pairs]) -> dict[str, float]:
    """The pairwise accuracy on each data set, in 0..1; equals count half.

    Raises:
        BadBatch: if the score gives different numbers of rewards for the two sides, or none.
    """
    return {name: float(_right(score, pairs, name).mean()) for name, pairs in sets.items()}


def compare_reward_models(first: Score, second: Score, sets: Mapping[str, Pairs]) -> dict[str, Comparison]:
    """Two models on each data set, compared pair by pair."""
    out = {}
    for name, pairs in sets.items():
        a, b = _right(first, pairs, name), _right(second, pairs, name)
        gap = a - b
        error = float(gap.std(ddof=1) / math.sqrt(len(gap))) if len(gap) > 1 else math.inf
        out[name] = Comparison(float(a.mean()), float(b.mean()), float(gap.mean()), error)
    return out


def _right(score: Score, pairs: Pairs, name: str) -> np.ndarray:
    w, l = (np.asarray(score(side), dtype=np.float64).ravel() for side in (pairs.winner, pairs.loser))  # noqa: E741
    if w.shape != l.shape or not len(w):
        raise BadBatch(f"{len(w)} and {len(l)} rewards", where=f"data set {name!r}", expected="one for each response")
    return np.where(w == l, 0.5, (w > l).astype(np.float64))
