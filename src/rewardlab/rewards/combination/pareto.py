"""Pareto fronts: who is dominated by nobody, and how much space a front leaves below it.

    i dominates j    iff  r_k(i) ≥ r_k(j) for all k, and > for some k
    HV(P, z) = volume of  ∪_{p ∈ P} [z, p]

All objectives are to be maximised. The volume is exact: a sweep for two objectives, slices along the last one for more,
as in Fonseca, Paquete and Lopez-Ibanez (CEC 2006) without their bookkeeping; meant for small m and n.
"""

import numpy as np

from rewardlab.core.arrays import Array, array, namespace
from rewardlab.core.errors import BadOption, BadReward


def non_dominated(rewards: Array) -> Array:
    """Which samples no other sample of their group dominates; equal samples stay together.

    Args:
        rewards: [..., N, m], N samples of each group under m objectives; NumPy or torch.

    Returns:
        [..., N] bool.

    Raises:
        BadReward: for NaN, which has no place in an order.
    """
    xp = namespace(rewards)
    if bool(xp.any(xp.isnan(rewards))):
        raise BadReward("a NaN among the rewards", where="non_dominated", expected="numbers that can be compared")
    mine, other = rewards[..., :, None, :], rewards[..., None, :, :]
    beaten = xp.all(other >= mine, axis=-1) & xp.any(other > mine, axis=-1)  # [..., N, N] by whom
    return ~xp.any(beaten, axis=-1)


def hypervolume(points: Array, reference: Array) -> float:
    """The volume that points dominate above a reference point.

    Args:
        points: [n, m].
        reference: [m]; points that are not better than it in every objective add nothing.

    Raises:
        BadOption: for other shapes, NaN or infinity.
    """
    p, z = np.asarray(array(points), dtype=np.float64), np.asarray(array(reference), dtype=np.float64)
    if p.ndim != 2 or z.shape != p.shape[1:] or not z.size or not (np.isfinite(p).all() and np.isfinite(z).all()):
        raise BadOption(
            f"points of shape {p.shape} and a reference of shape {z.shape}",
            where="hypervolume",
            expected="finite numbers [n, m] and [m]",
        )
    return _volume(p[(p > z).all(1)] - z)


def _volume(p: np.ndarray) -> float:
    """The volume that points [n, m], all above the origin, share with the origin."""
    if not len(p):
        return 0.0
    if p.shape[1] == 1:
        return float(p.max())
    if p.shape[1] == 2:
        p = p[np.lexsort((-p[:, 1], -p[:, 0]))]  # the first objective falls
        height = np.maximum.accumulate(p[:, 1])
        width = p[:, 0] - np.append(p[1:, 0], 0.0)
        return float(width @ height)
    p = np.unique(p, axis=0)
    p = p[non_dominated(p)]
    p = p[np.argsort(-p[:, -1], kind="stable")]
    depth = p[:, -1] - np.append(p[1:, -1], 0.0)
    return float(sum(d * _volume(p[: i + 1, :-1]) for i, d in enumerate(depth) if d > 0))
