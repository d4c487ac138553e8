"""Objective mismatch: whether the links from preferences to reward model to policy to quality hold.

    link(m, n) = Spearman correlation of two measures over runs;    mismatch = 1 − max(0, link)

Better accuracy on preferences need not make a better reward to optimise, and more of that reward not a better policy.
The report gives every link a number with an interval, the divergence at which quality peaks, and what other measures
change by for each nat.

Source: Lambert, Calandra, "The Alignment Ceiling: Objective Mismatch in Reinforcement Learning from Human Feedback",
2023, Sections 3 and 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from rewardlab.core.errors import BadBatch, BadOption


@dataclass(frozen=True)
class Link:
    """How one measure goes with another over runs.

    Attributes:
        correlation: Spearman's, in −1..1; 0 where one of them never changes.
        low, high: its bootstrap interval.
    """

    correlation: float
    low: float
    high: float

    @property
    def mismatch(self) -> float:
        """1 − max(0, correlation): 0 where improving the one surely improves the other."""
        return 1.0 - max(0.0, self.correlation)


def link(first: np.ndarray, second: np.ndarray, *, level: float = 0.95, replicas: int = 1000, seed: int = 0) -> Link:
    """Spearman's correlation of two measures [runs], with a percentile interval over resampled runs.

    Raises:
        BadBatch: for fewer than three runs, or of different lengths.
        BadOption: for a level outside (0, 1).
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or len(a) < 3:
        raise BadBatch(f"{a.shape} and {b.shape}", where="link", expected="[runs] of both, at least three runs")
    if not 0 < level < 1:
        raise BadOption(f"level={level!r}", where="link", expected="a number in (0, 1)")
    rows = np.random.default_rng(seed).integers(len(a), size=(replicas, len(a)))
    drawn = _spearman(a[rows], b[rows])
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Link(float(_spearman(a[None], b[None])[0]), float(low), float(high))


def mismatch_report(measures: Mapping[str, np.ndarray], *, quality: str, seed: int = 0) -> dict[str, Link]:
    """The link of every measure [runs] to the one called `quality`.

    Raises:
        BadOption: if there is no such measure.
    """
    if quality not in measures:
        raise BadOption(f"no measure {quality!r}", where="mismatch_report", expected=f"one of {sorted(measures)}")
    return {k: link(v, measures[quality], seed=seed) for k, v in measures.items() if k != quality}


def side_effects(kl: np.ndarray, measures: Mapping[str, np.ndarray]) -> dict[str, float]:
    """What each measure [D] changes by for each nat of divergence [D] along a run, by least squares.

    Raises:
        BadBatch: for fewer than two points, or a divergence that never changes.
    """
    kl = np.asarray(kl, dtype=np.float64)
    if kl.ndim != 1 or len(kl) < 2 or np.ptp(kl) == 0:
        raise BadBatch(f"divergences {kl.shape}", where="side_effects", expected="[D] of at least two different ones")
    x = kl - kl.mean()
    return {k: float(x @ (np.asarray(v, dtype=np.float64) - np.mean(v)) / (x @ x)) for k, v in measures.items()}


def _spearman(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlation [R] of the ranks of rows [R, n]; 0 where a row never changes."""
    x, y = (rankdata(v, axis=-1) for v in (a, b))
    x, y = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    size = np.sqrt((x * x).sum(-1) * (y * y).sum(-1))
    return np.where(size > 0, (x * y).sum(-1) / np.where(size > 0, size, 1.0), 0.0)
