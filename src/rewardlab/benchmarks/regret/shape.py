"""The shape of a regret curve, and what goes wrong when exploration fails.

    regret(t) ≈ l₁ (ln t)^a / Δ + b t + l₂,    l₁, a, b, l₂ >= 0      b near 0: no regret in the end; b > 0: for ever
    MinFrac = K min_k n_k(T) / T        1: all arms alike, near 0: the worse ones are left alone
    SuffixFail = share of runs whose best arm is not pulled once in the second half

Source: Nie, Su, Chang, Lee, Chi, Le, Chen, "EVOLvE: Evaluating and Optimizing LLMs For Exploration", ICML 2025 (the
shape, pairwise wins); Krishnamurthy, Harris, Foster, Zhang, Slivkins, "Can Large Language Models Explore In-Context?",
NeurIPS 2024 (MinFrac, SuffixFail).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from rewardlab.core.errors import BadOption

POWERS = np.linspace(0.25, 3.0, 56)
"""What is tried for a."""


@dataclass(frozen=True)
class Shape:
    """A fitted curve.

    Attributes:
        logarithm: l₁, of (ln t)^a / Δ.
        power: a.
        linear: b, regret per step that stays for ever.
        offset: l₂.
        error: root mean squared residual.
    """

    logarithm: float
    power: float
    linear: float
    offset: float
    error: float


def shape(steps: Sequence[float], mean: Sequence[float], *, gap: float = 1.0) -> Shape:
    """The shape of mean regret [K] at steps [K] > 1, by non-negative least squares for each power.

    Args:
        steps: ascending.
        mean: of regret over runs.
        gap: Δ > 0, the smallest gap.

    Raises:
        BadOption: for fewer than five points, steps of 1 and less, or a gap that is not above 0.
    """
    time, curve = np.asarray(steps, dtype=float), np.asarray(mean, dtype=float)
    if time.shape != curve.shape or len(time) < 5 or time.min() <= 1:
        raise BadOption(f"{len(time)} steps, {len(curve)} means", where="shape", expected="five and more, beyond 1")
    if not gap > 0:
        raise BadOption(f"gap={gap!r}", where="shape", expected="a number above 0")
    found = []
    for power in POWERS:
        columns = np.stack([np.log(time) ** power / gap, time, np.ones_like(time)], 1)
        size = np.abs(columns).max(0)
        weights, residual = optimize.nnls(columns / size, curve)
        found.append(Shape(*_plain(weights / size, power), float(residual / np.sqrt(len(time)))))
    return min(found, key=lambda s: s.error)


def _plain(weights: np.ndarray, power: float) -> tuple[float, float, float, float]:
    return float(weights[0]), float(power), float(weights[1]), float(weights[2])


def min_frac(counts: np.ndarray) -> np.ndarray:
    """[N] K min_k n_k / T of counts [N, K] of pulls."""
    total = counts.sum(1)
    return counts.shape[1] * counts.min(1) / np.maximum(total, 1)


def suffix_fail(half: np.ndarray, whole: np.ndarray, best: np.ndarray) -> np.ndarray:
    """[N] bool: no best arm was pulled between `half` and `whole`, counts [N, K] of pulls; best [K] bool."""
    return ~((whole - half)[:, best] > 0).any(1)


def wins(finals: Mapping[str, Sequence[float]], *, level: float = 0.05) -> dict[tuple[str, str], float]:
    """How often a method's regret is lower than another's: 1, 0, or 1/2 where no difference shows.

    Args:
        finals: method -> final regret of runs [n].
        level: of Welch's test of two sides.
    """
    found = {}
    for one, a in finals.items():
        for other, b in finals.items():
            if one == other:
                continue
            (mine, s, n), (theirs, r, m) = ((float(np.mean(x)), float(np.std(x, ddof=1)), len(x)) for x in (a, b))
            if s == r == 0:
                p = float(mine == theirs)
            else:
                p = float(stats.ttest_ind_from_stats(mine, s, n, theirs, r, m, equal_var=False).pvalue)
            found[one, other] = 0.5 if p > level else float(mine < theirs)
    return found


def win_rates(cells: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, float]:
    """Method -> the mean of its wins over all others in all environments, each a mapping as for `wins`."""
    held: dict[str, list[float]] = {}
    for finals in cells:
        for (one, _), value in wins(finals).items():
            held.setdefault(one, []).append(value)
    return {name: float(np.mean(values)) for name, values in held.items()}
