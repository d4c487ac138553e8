"""The weights of a mixture of kernels that transitions have not spoken against.

    ℓ(θ) = Σ_c n_c log Σ_i θ_i φ_ci,    F = { θ on the simplex : max ℓ − ℓ(θ) <= β }
    best fit    argmax ℓ(θ) + μ Σ_i log θ_i
    furthest    argmax c·θ + μ log(β − max ℓ + ℓ(θ)) + μ Σ_i log θ_i,    μ → 0

ℓ is concave, so that F is convex. Newton's method climbs both sums, the barrier falling until what it costs is below a
tolerance.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-6
"""What a fit may miss of the likelihood, and a furthest point of the range of the direction."""
_STEPS = 60  # of Newton for one barrier; few are needed
_FALL = 20.0  # by which barriers fall
_AWAY = 1e-4  # from the edges, where a climb begins near the end of another


@dataclass(frozen=True)
class Seen:
    """Transitions that some kernel can make.

    Args:
        chance: φ [C, d] of each transition under each kernel, none 0 under all.
        times: n [C], above 0.
    """

    chance: np.ndarray
    times: np.ndarray

    def score(self, theta: np.ndarray) -> np.ndarray:
        """ℓ [*] of weights [*, d], -inf where they exclude what was seen."""
        with np.errstate(divide="ignore"):
            out: np.ndarray = (
                np.log(theta @ self.chance.T) @ self.times if len(self.times) else np.zeros(theta.shape[:-1])
            )
        return out

    def slope(self, theta: np.ndarray) -> np.ndarray:
        """∇ℓ [d] at weights [d]; θ·∇ℓ is the number of transitions."""
        out: np.ndarray = self.chance.T @ (self.times / (self.chance @ theta))
        return out


def seen_of(kernels: np.ndarray, counts: np.ndarray) -> Seen:
    """What counts [S, A, S] of transitions say of kernels [d, S, A, S]; what no kernel can make says nothing."""
    at = np.nonzero((counts > 0) & (kernels > 0).any(0))
    return Seen(np.moveaxis(kernels, 0, -1)[at], counts[at].astype(float))


def missed(total: float, slope: np.ndarray) -> float:
    """An upper bound of max ℓ − ℓ(θ) from ∇ℓ(θ) [d] over so many transitions: n log (max_i ∂ℓ/∂θ_i / n), by Jensen."""
    return float(total * np.log(max(slope.max() / total, 1.0))) if total else 0.0


def fit(seen: Seen, near: np.ndarray | None = None) -> np.ndarray:
    """The weights [d] with the largest likelihood, all above 0; uniform before anything was seen.

    Args:
        seen: transitions.
        near: a fit [d] of fewer of them, from which it is not far.
    """
    d = seen.chance.shape[1]
    theta = np.full(d, 1.0 / d)
    if d == 1 or not len(seen.times):
        return theta
    if near is not None:
        theta = (1.0 - _AWAY) * near + _AWAY * theta
    for mu in _falling(1.0 if near is None else _AWAY, TOLERANCE / d):

        def height(x: np.ndarray, mu: float = mu) -> float:
            return float(seen.score(x) + mu * np.log(x).sum())

        def shape(x: np.ndarray, mu: float = mu) -> tuple[np.ndarray, np.ndarray]:
            uphill, bent = _bend(seen, x)
            return uphill + mu, bent + mu * np.eye(d)

        theta = _climb(theta, height, shape, enough=1e-2 * mu)
    return theta


def furthest(seen: Seen, best: np.ndarray, direction: np.ndarray, beta: float) -> np.ndarray:
    """The θ ∈ F with the largest c·θ.

    Args:
        seen: transitions.
        best: their fit [d].
        direction: c [d].
        beta: β > 0.
    """
    d, top = len(best), float(seen.score(best))
    span = float(np.ptp(direction))
    if span <= 1e-13 * (1.0 + float(np.abs(direction).max())):
        return best.copy()
    corner = np.eye(d)[direction.argmax()]
    if top - seen.score(corner) <= beta:
        return corner
    c, room = (direction - direction.max()) / span, beta - top
    theta, share = best, 0.1
    while share > 1e-12 and room + seen.score((1.0 - share) * best + share / d) <= 0.5 * beta:
        share /= 4
    theta = (1.0 - share) * best + share / d
    for mu in _falling(1.0, TOLERANCE / (d + 1)):

        def height(x: np.ndarray, mu: float = mu) -> float:
            left = room + float(seen.score(x))
            return float(c @ x + mu * (np.log(left) + np.log(x).sum())) if left > 0 else -np.inf

        def shape(x: np.ndarray, mu: float = mu) -> tuple[np.ndarray, np.ndarray]:
            left = room + float(seen.score(x))
            rise, bent = _bend(seen, x)
            rise = rise / left
            uphill = c * x + mu * (rise + 1.0)
            return uphill, mu * (bent / left + np.outer(rise, rise) + np.eye(d))

        theta = _climb(theta, height, shape, enough=1e-2 * mu)
    return theta


def _falling(first: float, last: float) -> list[float]:
    """From `first` to `last` in equal steps of a logarithm."""
    return list(np.geomspace(first, last, 1 + int(np.ceil(np.log(first / last) / np.log(_FALL)))))


def _bend(seen: Seen, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient [d] and negative curvature [d, d] of ℓ, in units of θ."""
    mass = seen.chance @ theta
    share = seen.chance * theta / mass[:, None]
    out: tuple[np.ndarray, np.ndarray] = seen.times @ share, (share.T * seen.times) @ share
    return out


def _climb(
    theta: np.ndarray,
    height: Callable[[np.ndarray], float],
    shape: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    *,
    enough: float,
) -> np.ndarray:
    """Newton's ascent from inside of the simplex, until a step promises less than `enough`.

    Args:
        theta: [d] where it begins.
        height: of weights; -inf outside.
        shape: gradient [d] and negative curvature [d, d] of it, in units of θ.
        enough: what may be left.
    """
    now = height(theta)
    for _ in range(_STEPS):
        uphill, bent = shape(theta)
        both = np.linalg.solve(bent, np.array([uphill, theta]).T)
        step = both[:, 0] - both[:, 1] * (theta @ both[:, 0]) / (theta @ both[:, 1])  # keeps Σ θ = 1
        gain = float(uphill @ step)
        if gain <= enough:
            break
        size = min(1.0, 0.95 / max(-float(step.min()), 1e-300))
        while size > 1e-12:
            ahead = theta * (1.0 + size * step)
            ahead /= ahead.sum()
            then = height(ahead)
            if then >= now + 0.1 * size * gain:
                break
            size /= 2
        else:
            break  # as high as numbers tell
        theta, now = ahead, then
    return theta
