"""Watching for hacking while a weight is turned up: the knee of what is paid against what is wanted.

    knee = the point of the front (paid, truth) that is farthest from the line between its ends, both on [0, 1]

As a surrogate counts for more, its pay rises and in the end the truth falls. Beyond the knee little pay is won for
much truth: there one stops. Statistics of responses that rise from there on show what the policy has found.

Source: Das, "On Characterizing the 'Knee' of the Pareto Curve Based on Normal-Boundary Intersection", Structural
Optimization 1999; for the sweep Han, Chen, Sankararaman, Peng, Xu, Helenowski, Peng, Kumar, Wang, Fang, Talebzadeh,
"Reinforcement Learning from User Feedback", 2025.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadBatch


@dataclass(frozen=True)
class Sweep:
    """What a sweep over weights shows.

    Attributes:
        stop: index of the last weight to take.
        front: [W] bool, points that no other beats in both pay and truth.
        hacked: [W] bool, where more is paid than at the knee for less truth.
        signs: statistic -> by how many of its deviations over the sweep it differs, hacked points from the others; 0
            where nothing is hacked.
    """

    stop: int
    front: np.ndarray
    hacked: np.ndarray
    signs: Mapping[str, float]


def knee(paid: Sequence[float] | np.ndarray, truth: Sequence[float] | np.ndarray) -> int:
    """The index of the knee among points (paid, truth) [W]; of a straight front, of the end with most truth.

    Raises:
        BadBatch: for none, other axes, or numbers that are not finite.
    """
    x, y = _checked(paid, truth)
    at = np.flatnonzero(_front(x, y))
    at = at[np.argsort(x[at], kind="stable")]  # pay rises, truth falls
    u, v = (np.zeros(len(at)) if np.ptp(z) == 0 else (z - z.min()) / np.ptp(z) for z in (x[at], y[at]))
    beyond = u + v - 1  # times √½, the distance from the line between the ends
    return int(at[0] if beyond.max() <= 1e-12 else at[beyond.argmax()])


def hacking_sweep(
    paid: Sequence[float] | np.ndarray,
    truth: Sequence[float] | np.ndarray,
    statistics: Mapping[str, Sequence[float] | np.ndarray] | None = None,
) -> Sweep:
    """What became of pay and truth at W weights, and which statistics of responses tell.

    Args:
        paid: [W], the mean of the surrogate that is turned up.
        truth: [W], the mean of what is wanted.
        statistics: name -> [W], such as the rate of flattering endings.

    Raises:
        BadBatch: as `knee` does.
    """
    x, y = _checked(paid, truth)
    stop = knee(x, y)
    hacked = (x > x[stop]) & (y < y[stop])
    signs = {}
    for name, values in (statistics or {}).items():
        s, _ = _checked(values, y)
        gap = s[hacked].mean() - s[~hacked].mean() if hacked.any() else 0.0
        signs[name] = float(gap / s.std()) if s.std() > 0 else 0.0
    return Sweep(stop, _front(x, y), hacked, signs)


def _front(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    at_least = (x[None] >= x[:, None]) & (y[None] >= y[:, None])
    more = (x[None] > x[:, None]) | (y[None] > y[:, None])
    return np.asarray(~(at_least & more).any(1))


def _checked(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or not len(x) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise BadBatch(f"points {x.shape}, {y.shape}", where="knee", expected="finite numbers [W] and [W]")
    return x, y
