"""Follow the regularised leader, with a rate that falls by the gradients seen.

    p_{t+1} = argmin_p  ⟨p, Σ_{s≤t} g_s⟩ + R(p) / η_t,    η_t = √(D / (G² + Σ_{s≤t} |g_s|²)),    D = max R − min R
    regret after T rounds ≤ 2 √(D (G² + Σ |g_t|²)) if all |g_t| ≤ G

The regulariser R keeps the leader from jumping. Entropy gives exponential weights, with the largest number for |g| and
D = ln d; half the squared length gives lazy gradient descent. The log-barrier never gives up a coordinate, and Tsallis
is in between; a barrier has no largest value, so that D is that of points which keep a margin.

Source: McMahan, "A Survey of Algorithms and Analysis for Adaptive Online Learning", JMLR 2017, Theorem 1;
Shalev-Shwartz, "Online Learning and Online Convex Optimization", Foundations and Trends in Machine Learning 2012,
Section 2.3.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.agents.loops import regularisers as of
from rewardlab.agents.loops.convex import ConvexAgent, check_rate
from rewardlab.core.errors import BadOption, nearest

KINDS = {
    "simplex": ("entropy", "euclid", "barrier", "tsallis"),
    "ball": ("euclid", "barrier"),
    "box": ("euclid",),
}
"""Domain -> the regularisers that there are for it."""


@dataclass(eq=False, kw_only=True)
class FTRL(ConvexAgent):
    """A regularised leader on the simplex, the ball or the box; for observations of any kind, which it ignores.

    Args:
        regulariser: "entropy", "euclid", "barrier" or "tsallis" on the simplex, "euclid" or "barrier" on the ball,
            "euclid" on the box.
        eta: a constant η > 0; None for the rate that falls.
        largest: G > 0, of |g|.
        alpha: of Tsallis, between 0 and 1.
        margin: of barriers, in (0, 1): how far the points that it is compared with keep from the rim.

    Attributes:
        total: [M, d] Σ g.
        squares: [M] Σ |g|².

    Raises:
        BadOption: for a number outside its range, or a regulariser that the domain has not.
    """

    regulariser: str = "entropy"
    eta: float | None = None
    largest: float = 1.0
    alpha: float = 0.5
    margin: float = 1e-3

    domains: ClassVar[tuple[str, ...]] = tuple(KINDS)

    def prepare(self) -> None:
        super().prepare()
        check_rate(self.eta, "FTRL")
        kinds = KINDS[self.domain]
        if self.regulariser not in kinds:
            raise BadOption(
                f"regulariser={self.regulariser!r} on the {self.domain}",
                where="FTRL",
                expected=f"one of {', '.join(kinds)}",
                mend=nearest(str(self.regulariser), kinds),
            )
        if not 0 < self.largest < math.inf:
            raise BadOption(f"largest={self.largest!r}", where="FTRL", expected="a number above 0")
        for name in ("alpha", "margin"):
            if not 0 < getattr(self, name) < 1:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="FTRL", expected="a number between 0 and 1")
        self.total, self.squares = np.zeros((self.memories, self.dimension)), np.zeros(self.memories)

    @property
    def spread(self) -> float:
        """D, the range of the regulariser."""
        d, alpha = self.dimension, self.alpha
        match self.domain, self.regulariser:
            case "simplex", "entropy":
                return math.log(d)
            case "simplex", "euclid":
                return 0.5 * (1.0 - 1.0 / d)
            case "simplex", "tsallis":
                return (d ** (1.0 - alpha) - 1.0) / (alpha * (1.0 - alpha))
            case "simplex", _:
                return d * math.log(1.0 / self.margin)
            case "ball", "barrier":
                return -math.log(1.0 - (1.0 - self.margin) ** 2)
            case "ball", _:
                return 0.5
        return 0.5 * d

    def rate(self) -> np.ndarray:
        """η [M] of the next round."""
        if self.eta is not None:
            return np.full(self.memories, self.eta)
        return np.sqrt(self.spread / (self.largest**2 + self.squares))

    def point(self) -> np.ndarray:
        rate = self.rate()
        match self.domain, self.regulariser:
            case "simplex", "entropy":
                return of.simplex_entropy(self.total, rate)
            case "simplex", "euclid":
                return of.simplex_euclid(self.total, rate)
            case "simplex", "tsallis":
                return of.simplex_tsallis(self.total, rate, alpha=self.alpha)
            case "simplex", _:
                return of.simplex_barrier(self.total, rate)
            case "ball", "barrier":
                return of.ball_barrier(self.total, rate)
            case "ball", _:
                return of.ball_euclid(self.total, rate)
        return of.box_euclid(self.total, rate)

    def length(self, gradient: np.ndarray) -> np.ndarray:
        """|g| [...] in the norm that fits the regulariser: the largest number for entropy, else the Euclidean."""
        return np.abs(gradient).max(-1) if self.regulariser == "entropy" else np.linalg.norm(gradient, axis=-1)

    def feed(self, memory: np.ndarray, gradient: np.ndarray) -> None:
        self.total[memory] += gradient
        self.squares[memory] += self.length(gradient) ** 2

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "total": self.total, "squares": self.squares}
