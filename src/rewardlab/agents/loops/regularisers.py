"""Regularised leaders: the point that a regulariser and the losses so far agree upon.

    argmin_p  ⟨p, L⟩ + R(p) / η    over the simplex, a ball or a box

    simplex   entropy Σ p ln p          p_k ∝ exp(−η L_k)
              Euclid ½ |p|²             p = projection of −η L
              log-barrier Σ ln 1/p      p_k = 1 / (η (L_k + ν))
              Tsallis, 0 < α < 1        p_k = ((1 − α) η (L_k + ν))^(−1/(1 − α)),    R = −Σ (p^α − α p) / (α (1 − α))
    ball      Euclid ½ |p|²             p = projection of −η L
              barrier −ln(1 − |p|²/r²)  p = −r g / (1 + √(1 + |g|²)),    g = η r L
    box       Euclid ½ |p|²             p = −η L, cut to the box

The number ν that makes Σ p = 1 comes from Newton's method, which cannot overshoot here: Σ p is convex and falling in ν,
and it starts where the sum is at least 1. All functions take any leading axes.

Source: Hazan, "Introduction to Online Convex Optimization", 2nd edition, MIT Press 2022, Chapter 5 (regularised
leaders); Zimmert, Seldin, "Tsallis-INF: An Optimal Algorithm for Stochastic and Adversarial Bandits", JMLR 2021,
Algorithm 2 (Newton's method for Tsallis regularisers); Duchi, Shalev-Shwartz, Singer, Chandra,
"Efficient Projections onto the l1-Ball for Learning in High Dimensions", ICML 2008, Figure 1 (the simplex).
"""

from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption


def simplex_entropy(losses: Any, eta: Any = 1.0) -> np.ndarray:
    """The leader [..., K] on the simplex with negative entropy: exponential weights.

    Args:
        losses: L [..., K], finite.
        eta: η > 0, a number or [...].

    Raises:
        BadOption: for losses that are not finite, or an η outside its range.
    """
    z = _scaled(losses, eta)
    p = np.exp(z.min(-1, keepdims=True) - z)
    return p / p.sum(-1, keepdims=True)


def simplex_euclid(losses: Any, eta: Any = 1.0) -> np.ndarray:
    """The leader [..., K] on the simplex with half the squared length; it may put no mass at all on an arm.

    Args:
        losses: L [..., K], finite.
        eta: η > 0, a number or [...].

    Raises:
        BadOption: for losses that are not finite, or an η outside its range.
    """
    return onto_simplex(-_scaled(losses, eta))


def simplex_barrier(losses: Any, eta: Any = 1.0) -> np.ndarray:
    """The leader [..., K] on the simplex with the log-barrier: it never leaves an arm quickly.

    Args:
        losses: L [..., K], finite.
        eta: η > 0, a number or [...].

    Raises:
        BadOption: for losses that are not finite, or an η outside its range.
    """
    return _power(_scaled(losses, eta), 0.0)


def simplex_tsallis(losses: Any, eta: Any = 1.0, *, alpha: float = 0.5) -> np.ndarray:
    """The leader [..., K] on the simplex with the negative Tsallis entropy, between the log-barrier and the entropy.

    Args:
        losses: L [..., K], finite.
        eta: η > 0, a number or [...].
        alpha: α in (0, 1); to 0 it becomes the log-barrier, to 1 the entropy.

    Raises:
        BadOption: for losses that are not finite, or an η or α outside its range.
    """
    if not 0 < alpha < 1:
        raise BadOption(f"alpha={alpha!r}", where="simplex_tsallis", expected="a number between 0 and 1")
    return _power(_scaled(losses, eta), float(alpha))


def ball_euclid(losses: Any, eta: Any = 1.0, *, radius: float = 1.0) -> np.ndarray:
    """The leader [..., d] in the ball |p| <= radius with half the squared length.

    Args:
        losses: L [..., d], finite.
        eta: η > 0, a number or [...].
        radius: above 0.

    Raises:
        BadOption: for losses that are not finite, or an η outside its range.
    """
    return onto_ball(-_scaled(losses, eta), radius)


def ball_barrier(losses: Any, eta: Any = 1.0, *, radius: float = 1.0) -> np.ndarray:
    """The leader [..., d] in the ball |p| < radius with the barrier −ln(1 − |p|²/radius²).

    Args:
        losses: L [..., d], finite.
        eta: η > 0, a number or [...].
        radius: above 0.

    Raises:
        BadOption: for losses that are not finite, or an η outside its range.
    """
    z = radius * _scaled(losses, eta)
    g = np.linalg.norm(z, axis=-1, keepdims=True)
    return -radius * z / (1.0 + np.sqrt(1.0 + g**2))


def box_euclid(losses: Any, eta: Any = 1.0, *, low: Any = -1.0, high: Any = 1.0) -> np.ndarray:
    """The leader [..., d] in the box low <= p <= high with half the squared length.

    Args:
        losses: L [..., d], finite.
        eta: η > 0, a number or [...].
        low: a number or [d].
        high: a number or [d].

    Raises:
        BadOption: for losses that are not finite, or an η outside its range.
    """
    return np.clip(-_scaled(losses, eta), low, high)


def onto_simplex(x: Any) -> np.ndarray:
    """The nearest point [..., K] of the simplex: max(x − c, 0), c such that it sums to 1."""
    x = np.asarray(x, dtype=np.float64)
    x = x - x.max(-1, keepdims=True)  # a constant moves nothing, and large numbers lose digits
    falling = -np.sort(-x, axis=-1)
    level = (np.cumsum(falling, axis=-1) - 1.0) / np.arange(1, x.shape[-1] + 1)
    kept = (falling > level).sum(-1, keepdims=True) - 1
    p = np.maximum(x - np.take_along_axis(level, kept, -1), 0.0)
    return p / p.sum(-1, keepdims=True)


def onto_ball(x: Any, radius: float = 1.0) -> np.ndarray:
    """The nearest point [..., d] of the ball of this radius around 0."""
    x = np.asarray(x, dtype=np.float64)
    size = np.linalg.norm(x, axis=-1, keepdims=True)
    return x * (radius / np.maximum(size, radius))


def _scaled(losses: Any, eta: Any) -> np.ndarray:
    """η L [..., K]."""
    losses, eta = np.asarray(losses, dtype=np.float64), np.asarray(eta, dtype=np.float64)
    if not np.isfinite(losses).all():
        raise BadOption("losses that are not finite", where="regularisers", expected="finite numbers [..., K]")
    if not ((eta > 0) & np.isfinite(eta)).all():
        raise BadOption(f"eta={eta}", where="regularisers", expected="finite numbers above 0")
    return losses * eta[..., None]


def _power(z: np.ndarray, alpha: float) -> np.ndarray:
    """((1 − α) (z + ν))^(−1/(1 − α)) [..., K] with the ν that makes it sum to 1; α = 0 is the log-barrier."""
    z = (1.0 - alpha) * (z - z.min(-1, keepdims=True))
    q = 1.0 / (1.0 - alpha)
    level = np.ones((*z.shape[:-1], 1))  # here the best arm alone has mass 1
    for _ in range(200):
        p = (z + level) ** -q
        over = p.sum(-1, keepdims=True) - 1.0
        step = over / (q * (p / (z + level)).sum(-1, keepdims=True))
        if not (step > 1e-16 * level).any():
            break
        level = level + np.maximum(step, 0.0)
    return p / p.sum(-1, keepdims=True)
