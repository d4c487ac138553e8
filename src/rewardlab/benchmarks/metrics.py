"""Statistics of scores over seeds and tasks: robust averages, bootstrap intervals, profiles, comparisons.

Every statistic reduces the last axis, so that thousands of resamples go through in one call. Scores are normalised:
0 is the random policy, 1 the optimal one.

Source: Agarwal, Schwarzer, Castro, Courville, Bellemare, "Deep Reinforcement Learning at the Edge of the Statistical
Precipice", NeurIPS 2021; Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, Chapter 13 (percentiles).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rewardlab.core.errors import BadOption

Statistic = Callable[[np.ndarray], np.ndarray]  # [..., n] -> [...] or [..., K]


@dataclass(frozen=True)
class Estimate:
    """A number, or several, with a bootstrap interval.

    Attributes:
        value: the statistic of the scores themselves, [] or [K].
        low: the lower end of the interval, of the same shape; NaN where one run per task tells of no spread.
        high: its upper end.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def mean(scores: ArrayLike) -> np.ndarray:
    """The mean [...] of scores [..., n].

    Source: Agarwal et al., NeurIPS 2021, Section 4.
    """
    return _scores(scores).mean(axis=-1)


def median(scores: ArrayLike) -> np.ndarray:
    """The median [...] of scores [..., n], over all runs alike.

    Source: Agarwal et al., NeurIPS 2021, Section 4 (there of the means per task: pass those for that).
    """
    return np.median(_scores(scores), axis=-1)


def iqm(scores: ArrayLike) -> np.ndarray:
    """The interquartile mean [...] of scores [..., n]: the mean without the lowest and highest quarter.

        IQM = mean of x₍k+1₎ ... x₍n−k₎,    k = ⌊n / 4⌋

    Of fewer than four scores nothing is cut: it is their mean.

    Source: Agarwal et al., NeurIPS 2021, Section 4.3; the same cut as scipy.stats.trim_mean(x, 0.25).
    """
    x = np.sort(_scores(scores), axis=-1)
    cut = x.shape[-1] // 4
    return x[..., cut : x.shape[-1] - cut].mean(axis=-1)


def optimality_gap(scores: ArrayLike, *, target: float = 1.0) -> np.ndarray:
    """By how much scores [..., n] miss a target on average, [...]; what exceeds the target makes up for nothing.

        gap = γ − mean min(x, γ)

    Source: Agarwal et al., NeurIPS 2021, Section 4.3 (the paper's γ is `target`).
    """
    return target - np.minimum(_scores(scores), target).mean(axis=-1)


def performance_profile(scores: ArrayLike, thresholds: ArrayLike) -> np.ndarray:
    """The share of scores [..., n] above each threshold [K]: [..., K].

        F̂(τ) = mean 1[x > τ]

    Source: Agarwal et al., NeurIPS 2021, Section 4.2, Eq. 1.
    """
    x = np.sort(_scores(scores), axis=-1)
    tau = np.asarray(thresholds, dtype=np.float64)
    flat = x.reshape(-1, x.shape[-1])
    above = np.stack([x.shape[-1] - np.searchsorted(row, tau, side="right") for row in flat])
    return (above / x.shape[-1]).reshape(*x.shape[:-1], *tau.shape)


def stratified_bootstrap(
    scores_by_task: Sequence[ArrayLike],
    statistic: Statistic = iqm,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Estimate:
    """A statistic over all runs, with its percentile interval; each task's runs are drawn anew among themselves.

    Of two or three runs the 95 % interval of a mean goes from the worst to the best, and covers the truth less often
    than it says; of one run per task there is none.

    Args:
        scores_by_task: one array of scores [n_t] per task; where the n_t differ, a task weighs as much as it has runs.
        statistic: [..., n] -> [...] or [..., K], n being the sum of the n_t.
        confidence: the share of resamples within the interval, in (0, 1).
        resamples: how many.
        seed: of the resampling.

    Raises:
        BadOption: for no scores, scores that are not one-dimensional or not finite, or a confidence outside (0, 1).

    Source: Agarwal et al., NeurIPS 2021, Section 4.1.
    """
    tasks = _tasks(scores_by_task)
    rng = np.random.default_rng(seed)
    drawn = np.concatenate([_resampled(t, resamples, rng) for t in tasks], axis=1)  # [R, n]
    value = np.asarray(statistic(np.concatenate(tasks)))
    return _interval(value, np.asarray(statistic(drawn)), confidence, single=max(map(len, tasks)) == 1)


def curve_band(
    curves: ArrayLike,
    statistic: Statistic = iqm,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Estimate:
    """A statistic over runs at each of K points of their curves [n, K], with its interval; whole runs are drawn.

    Raises:
        BadOption: if the curves are not two-dimensional, or as in `stratified_bootstrap`.

    Source: Agarwal et al., NeurIPS 2021, Section 4.1.
    """
    x = _scores(curves)
    if x.ndim != 2:
        raise BadOption(f"curves of shape {x.shape}", where="curve_band", expected="[runs, points]")
    drawn = x[np.random.default_rng(seed).integers(0, len(x), (resamples, len(x)))]  # [R, n, K]
    return _interval(statistic(x.T), statistic(np.moveaxis(drawn, 1, 2)), confidence, single=len(x) == 1)


def probability_of_improvement(
    x_by_task: Sequence[ArrayLike],
    y_by_task: Sequence[ArrayLike],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Estimate:
    """The probability that a run of X beats a run of Y on a task drawn at random; a tie counts one half.

        P(X > Y) = (1 / M) Σ_m U_m / (n_m k_m),    U the Mann-Whitney statistic

    Args:
        x_by_task: scores of X, one array [n_m] per task.
        y_by_task: scores of Y, one array [k_m] per task, on the same tasks.
        confidence: the share of resamples within the interval, in (0, 1).
        resamples: how many; each task's runs of X and of Y are drawn anew among themselves.
        seed: of the resampling.

    Raises:
        BadOption: if the numbers of tasks differ, or as in `stratified_bootstrap`.

    Source: Agarwal et al., NeurIPS 2021, Section 4.3, Eq. 2; Mann, Whitney, "On a Test of Whether one of Two Random
    Variables is Stochastically Larger than the Other", 1947.
    """
    xs, ys = _tasks(x_by_task), _tasks(y_by_task)
    if len(xs) != len(ys):
        raise BadOption(f"{len(xs)} and {len(ys)} tasks", where="probability_of_improvement", expected="the same tasks")
    rng = np.random.default_rng(seed)
    value = np.mean([_beats(x, y) for x, y in zip(xs, ys, strict=True)])
    drawn = [_beats(_resampled(x, resamples, rng), _resampled(y, resamples, rng)) for x, y in zip(xs, ys, strict=True)]
    return _interval(value, np.mean(drawn, axis=0), confidence, single=max(map(len, [*xs, *ys])) == 1)


def _beats(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """U / (n k) of x [..., n] against y [..., k]: [...]."""
    a, b = x[..., :, None], y[..., None, :]
    return ((a > b) + 0.5 * (a == b)).mean(axis=(-2, -1))


def _resampled(x: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    return x[rng.integers(0, len(x), (resamples, len(x)))]


def _interval(value: np.ndarray, drawn: np.ndarray, confidence: float, *, single: bool) -> Estimate:
    if not 0.0 < confidence < 1.0:
        raise BadOption(f"confidence={confidence!r}", where="bootstrap", expected="a number in (0, 1)", mend="0.95")
    if single:  # drawing it again and again shows no spread, which is not to say that there is none
        unknown = np.full(np.shape(value), np.nan)
        return Estimate(value, unknown, unknown)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return Estimate(value, low, high)


def _tasks(scores_by_task: Sequence[ArrayLike]) -> list[np.ndarray]:
    tasks = [_scores(t) for t in scores_by_task]
    if not tasks or any(t.ndim != 1 for t in tasks):
        raise BadOption(
            f"scores of shapes {[t.shape for t in tasks]}",
            where="bootstrap",
            expected="one array [runs] per task, at least one",
            mend="[scores] for a single task",
        )
    return tasks


def _scores(x: ArrayLike) -> np.ndarray:
    a = np.asarray(x, dtype=np.float64)
    if a.ndim == 0 or a.shape[-1] == 0 or not np.isfinite(a).all():
        raise BadOption(
            f"scores of shape {a.shape}" + ("" if np.isfinite(a).all() else " with NaN or infinity"),
            where="metrics",
            expected="finite scores [..., n] with n >= 1",
        )
    return a
