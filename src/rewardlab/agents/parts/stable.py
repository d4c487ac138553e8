"""Exponentials and logarithms that stay finite: what links and scores of log-probabilities are made of.

    softplus(x) = log(1 + exp x),    growing(x) = exp x up to a limit, its tangent beyond,    log Σ exp over what counts

NumPy and torch alike; every gradient is finite where the input is.
"""

from rewardlab.core.arrays import Array, namespace


def softplus(x: Array) -> Array:
    """log(1 + exp x), in the shape of x."""
    xp = namespace(x)
    return xp.logaddexp(xp.zeros_like(x), x)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(−x)), in the shape of x."""
    return 0.5 * (1.0 + namespace(x).tanh(0.5 * x))


def growing(x: Array, *, limit: float = 20.0) -> Array:
    """exp x up to `limit`; beyond it the tangent there, so that an outlier pulls back and does not overflow."""
    xp = namespace(x)
    within = xp.where(x < limit, x, xp.full_like(x, limit))
    return xp.exp(within) * (1.0 + x - within)


def log_sum_exp(x: Array, counts: Array) -> Array:
    """log Σ_k exp x_k over those of the last axis that count, [..., K] -> [...]; −inf, without gradient, if none does.

    Args:
        x: [..., K].
        counts: [..., K] bool.
    """
    xp = namespace(x)
    low = xp.where(counts, x, xp.full_like(x, -float("inf")))
    most = xp.max(low, axis=-1, keepdims=True)
    most = xp.where(xp.isfinite(most), most, xp.zeros_like(most))
    total = xp.sum(xp.exp(low - most), axis=-1)
    some = total > 0
    log = xp.log(xp.where(some, total, xp.ones_like(total))) + most[..., 0]
    return xp.where(some, log, xp.full_like(log, -float("inf")))


def softmax(x: Array, counts: Array | None = None) -> Array:
    """exp x_k / Σ exp x over the last axis, [..., K]; 0 for what does not count."""
    xp = namespace(x)
    used = xp.ones_like(x, dtype=xp.bool) if counts is None else counts
    low = xp.where(used, x - log_sum_exp(x, used)[..., None], xp.full_like(x, -float("inf")))
    return xp.exp(low)
