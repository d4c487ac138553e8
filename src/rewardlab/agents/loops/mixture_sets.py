"""The weights of a mixture of kernels that transitions have not spoken against.

    ℓ(θ) = Σ_c n_c log Σ_i θ_i φ_ci,    F = { θ on the simplex : max ℓ − ℓ(θ) <= β }
    θ(κ) = argmax ℓ(θ) + κ c·θ + μ Σ_i log θ_i,    deficit of θ(κ) = β    gives    max_{θ ∈ F} c·θ

ℓ is concave, so that F is convex. Both the best fit (κ = 0) and the furthest point of F in a direction c (its dual in
one multiplier) are peaks of such a sum, which Newton's method climbs, the barrier falling to a μ at which no more than
μ d of the sum is missed.
"""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-6
"""What a peak may miss."""
_STEPS = 60  # of Newton for one barrier; few are needed
_MOST = 28.0  # the logarithm of multipliers beyond which only the direction counts


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
    return Seen(np.ascontiguousarray(kernels[(slice(None), *at)].T), counts[at].astype(float))


def missed(total: float, slope: np.ndarray) -> float:
    """An upper bound of max ℓ − ℓ(θ) from ∇ℓ(θ) [d] over so many transitions: n log (max_i ∂ℓ/∂θ_i / n), by Jensen."""
    return float(total * np.log(max(slope.max() / total, 1.0))) if total else 0.0


def fit(seen: Seen) -> np.ndarray:
    """The weights [d] with the largest likelihood, all above 0; uniform before anything was seen."""
    d = seen.chance.shape[1]
    theta = np.full(d, 1.0 / d)
    if d == 1 or not len(seen.times):
        return theta
    mu = 1.0
    while True:
        theta = _climb(seen, np.zeros(d), mu, theta)
        if mu * d <= TOLERANCE:
            return theta
        mu = max(mu / 30.0, TOLERANCE / d)


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
    from scipy.optimize import brentq

    c = (direction - direction.max()) / span
    theta = best

    def off(log_multiplier: float) -> float:
        """How far the deficit at a multiplier is from β, as a logarithm, which rises."""
        nonlocal theta
        theta = _peak(seen, float(np.exp(log_multiplier)) * c, theta)
        return float(np.log(max(top - float(seen.score(theta)), 1e-300) / beta))

    # Deep inside of the simplex the deficit grows as κ²: the first guess is by that, and then steps grow.
    last, at, reach = 0.0, off(0.0), 1.0
    side = -np.sign(at)
    while at * side < 0 and abs(last) < _MOST:
        low, last = last, last + float(side) * min(reach + abs(at) / 2, 4 * reach)
        at, reach = off(last), 2 * reach
    if at * side > 0:
        off(brentq(off, min(low, last), max(low, last), xtol=1e-5))
    lost = top - float(seen.score(theta))
    # The deficit is convex along the line from the fit, where it is 0.
    return theta if lost <= beta else best + (theta - best) * (1.0 - 1e-9) * beta / lost


def _peak(seen: Seen, linear: np.ndarray, start: np.ndarray) -> np.ndarray:
    """argmax ℓ(θ) + linear·θ on the simplex, [d], within the tolerance."""
    d, mu = len(start), 0.1
    theta = 0.99 * start + 0.01 / d
    while True:
        theta = _climb(seen, linear, mu, theta)
        if mu * d <= TOLERANCE:
            return theta
        mu = max(mu / 30.0, TOLERANCE / d)


def _climb(seen: Seen, linear: np.ndarray, mu: float, theta: np.ndarray) -> np.ndarray:
    """Newton's ascent of ℓ(θ) + linear·θ + μ Σ log θ from inside of the simplex."""

    def height(x: np.ndarray) -> float:
        return float(seen.score(x) + linear @ x + mu * np.log(x).sum())

    now = height(theta)
    for _ in range(_STEPS):
        mass = seen.chance @ theta
        uphill = theta * (seen.chance.T @ (seen.times / mass) + linear) + mu  # in units of θ, which it is scaled by
        bent = seen.chance * theta * (np.sqrt(seen.times) / mass)[:, None]
        both = np.linalg.solve(bent.T @ bent + mu * np.eye(len(theta)), np.stack([uphill, theta], 1))
        step = both[:, 0] - both[:, 1] * (theta @ both[:, 0]) / (theta @ both[:, 1])  # keeps Σ θ = 1
        gain = float(uphill @ step)
        if gain <= 1e-2 * mu:
            return theta
        size = min(1.0, 0.95 / max(-float(step.min()), 1e-300))
        while size > 1e-12:
            ahead = theta * (1.0 + size * step)
            ahead /= ahead.sum()
            then = height(ahead)
            if then >= now + 0.1 * size * gain:
                break
            size /= 2
        else:
            return theta  # as high as numbers tell
        theta, now = ahead, then
    return theta
