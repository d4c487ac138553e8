"""Calibration of preference probabilities.

    ECE = Σ_b (n_b / n) |mean label − mean probability|,    Brier = mean (p − y)²

A reward model says how probably one response is preferred to another; calibrated, of all comparisons that it puts at
0.8 eight in ten come out so. Then rewards mean what they say, and can be summed, compared with a bar, or turned into
doubt.

Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, Equations 3 and 9; Brier,
"Verification of Forecasts Expressed in Terms of Probability", Monthly Weather Review 1950; Platt, "Probabilistic
Outputs for Support Vector Machines and Comparisons to Regularized Likelihood Methods", 1999.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import sigmoid


@dataclass(frozen=True)
class Calibration:
    """How far stated probabilities are from what happens.

    Attributes:
        expected_error: the mean gap over the bins, weighted by how many fall in each, in 0..1.
        largest_error: the largest gap of a bin.
        brier: the mean squared error of the probabilities.
        stated: [b] the mean probability in each bin that is not empty.
        happened: [b] how often it came true there.
        count: [b] how many fell there.
    """

    expected_error: float
    largest_error: float
    brier: float
    stated: np.ndarray
    happened: np.ndarray
    count: np.ndarray


def calibration(probability: np.ndarray, label: np.ndarray, *, bins: int = 10) -> Calibration:
    """The calibration of probabilities [B] that came true as labels [B] say.

    Args:
        probability: in [0, 1].
        label: 0 or 1, or the share of annotators who prefer the first.
        bins: of equal width.

    Raises:
        BadBatch: for none, of different lengths, or outside [0, 1].
    """
    p, y = _checked(probability, label)
    if bins < 1:
        raise BadOption(f"bins={bins!r}", where="calibration", expected="at least 1")
    bin_ = np.minimum((p * bins).astype(np.int64), bins - 1)
    count = np.bincount(bin_, minlength=bins)
    used = count > 0
    stated, happened = (np.bincount(bin_, x, bins)[used] / count[used] for x in (p, y))
    gap = np.abs(stated - happened)
    share = count[used] / len(p)
    return Calibration(
        float(share @ gap), float(gap.max()), float(((p - y) ** 2).mean()), stated, happened, count[used]
    )


def recalibrated(margin: np.ndarray, label: np.ndarray, *, shift: bool = False, steps: int = 50) -> tuple[float, float]:
    """The slope and shift that make σ(slope · margin + shift) most likely, by Newton's method: temperature = 1 / slope.

    Args:
        margin: [B] reward differences r(first) − r(second).
        label: [B] 1 where the first is preferred, 0 where the second, or shares between.
        shift: whether to fit a shift too; margins of pairs in random order need none.
        steps: of Newton, at most.

    Raises:
        BadBatch: for none, or of different lengths.
    """
    m = np.asarray(margin, dtype=np.float64)
    _, y = _checked(np.full(m.shape, 0.5), label)
    x = np.stack([m, np.ones_like(m)], axis=1) if shift else m[:, None]
    w = np.zeros(x.shape[1])
    scale = 1e-9 * (1.0 + (x * x).mean(0))
    for _ in range(steps):
        p = sigmoid(x @ w)
        gradient = x.T @ (y - p) / len(y)
        curvature = (x * (p * (1 - p))[:, None]).T @ x / len(y) + np.diag(scale)
        step = np.linalg.solve(curvature, gradient)
        w = w + step * min(1.0, 10.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-12:
            break
    return float(w[0]), float(w[1]) if shift else 0.0


def _checked(probability: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(label, dtype=np.float64)
    if p.ndim != 1 or p.shape != y.shape or not len(p):
        raise BadBatch(
            f"{p.shape} probabilities, {y.shape} labels", where="calibration", expected="[B] of both, B >= 1"
        )
    for name, x in (("probability", p), ("label", y)):
        if not ((x >= 0) & (x <= 1)).all():
            raise BadBatch(f"a {name} of {x[~((x >= 0) & (x <= 1))][0]}", where="calibration", expected="0..1")
    return p, y
