"""Shares of a bias that scores must give up, so that nothing of it is left to see in them.

    r'_i = r_i − λ_i v,    corr(r'_i, v) = 0;    λ_i = Cov(r_i, v) / Var(v) by Pearson, by root finding for ranks

v is what raters favour for itself, such as the length. For any scores of any model: take `scores − shares · v`.
"""

import numpy as np

from rewardlab.core.arrays import Array, array
from rewardlab.core.errors import BadBatch

_HALVINGS = 200


def pearson_shares(scores: Array, bias: Array) -> np.ndarray:
    """λ [k] that leave no linear correlation; 0 where the bias is the same everywhere.

    Args:
        scores: [B, k].
        bias: v [B].

    Raises:
        BadBatch: for other axes, fewer than two rows, or numbers that are not finite.
    """
    r, v = _checked(scores, bias)
    centred = v - v.mean()
    spread = centred @ centred
    return np.asarray((centred @ (r - r.mean(0))) / spread if spread > 0 else np.zeros(r.shape[1]))


def rank_shares(scores: Array, bias: Array) -> np.ndarray:
    """λ [k] at which the rank correlation of Spearman changes its sign; 0 where the bias is the same everywhere.

    It falls with λ in steps: each pair whose order turns takes something away. So the root is found by halving, and
    what is left is at most one step.

    Args:
        scores: [B, k].
        bias: v [B].

    Raises:
        BadBatch: as `pearson_shares` does.
    """
    r, v = _checked(scores, bias)
    if np.ptp(v) == 0:
        return np.zeros(r.shape[1])
    gaps = np.diff(np.unique(v))
    own = ranks(v) - (len(v) - 1) / 2
    out = np.zeros(r.shape[1])
    for i, column in enumerate(r.T):
        high = np.ptp(column) / gaps.min() + 1.0  # beyond it the bias alone decides the order
        low = -high
        for _ in range(_HALVINGS):
            mid = (low + high) / 2
            if mid in (low, high):
                break
            if own @ ranks(column - mid * v) > 0:
                low = mid
            else:
                high = mid
        # of the two sides of the step, the one with less
        out[i] = min((low, high), key=lambda share: abs(own @ ranks(column - share * v)))
    return out


def ranks(x: np.ndarray) -> np.ndarray:
    """Ranks [B] from 0, equals sharing their mean."""
    order = np.sort(x)
    return (np.searchsorted(order, x, "left") + np.searchsorted(order, x, "right") - 1) / 2


def _checked(scores: Array, bias: Array) -> tuple[np.ndarray, np.ndarray]:
    r, v = (array(x).astype(np.float64) for x in (scores, bias))
    if r.ndim != 2 or v.shape != r.shape[:1] or len(v) < 2 or not (np.isfinite(r).all() and np.isfinite(v).all()):
        raise BadBatch(f"scores {r.shape}, bias {v.shape}", where="decorrelation", expected="numbers [B, k] and [B]")
    return r, v
