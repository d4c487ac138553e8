"""Optimistic mirror descent with Euclidean distances.

    p_t = Π(y_t − η_t m_t),    y_{t+1} = Π(y_t − η_t g_t),    m_t a hint of g_t: the gradient before it, g_{t−1}
    η_t = √(D / (G² + Σ_{s<t} |g_s − m_s|²)),    D = ½ diameter²
    regret after T rounds ≤ 2 √(D (G² + Σ |g_t − m_t|²)) if all |g_t − m_t| ≤ G;    D / η for a constant η and m = g

What can be foreseen costs nothing: where losses change slowly the regret does not grow with the rounds, and where they
are arbitrary it grows with their root. Without hints it is online gradient descent.

Source: Rakhlin, Sridharan, "Online Learning with Predictable Sequences", COLT 2013 (optimistic mirror descent);
Zinkevich, "Online Convex Programming and Generalized Infinitesimal Gradient Ascent", ICML 2003 (without hints).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.convex import ConvexAgent, check_rate
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class OptimisticMirrorDescent(ConvexAgent):
    """Gradient steps with a hint, on the simplex, the ball or the box; it ignores observations.

    Other hints are written as `hint` of a class below this one.

    Args:
        eta: a constant η > 0; None for the rate that falls.
        largest: G > 0, of |g − m|.
        trust: share of the last gradient in the hint, 0..1; 0 for none.

    Attributes:
        y: [M, d] the point that hints do not move.
        last: [M, d] the last gradient, 0 before the first.
        missed: [M] Σ |g − m|².

    Raises:
        BadOption: for a number outside its range.
    """

    eta: float | None = None
    largest: float = 1.0
    trust: float = 1.0

    def prepare(self) -> None:
        super().prepare()
        check_rate(self.eta, "OptimisticMirrorDescent")
        if not 0 < self.largest < math.inf:
            raise BadOption(f"largest={self.largest!r}", where="OptimisticMirrorDescent", expected="above 0")
        if not 0 <= self.trust <= 1:
            raise BadOption(f"trust={self.trust!r}", where="OptimisticMirrorDescent", expected="a share, 0..1")
        self.y, self.last = self.middle(), np.zeros((self.memories, self.dimension))
        self.missed = np.zeros(self.memories)

    @property
    def spread(self) -> float:
        """D, half the square of the domain's diameter."""
        return {"simplex": 1.0, "ball": 2.0}.get(self.domain, 2.0 * self.dimension)

    def hint(self) -> np.ndarray:
        """m [M, d], what the next gradient may be."""
        return self.trust * self.last

    def rate(self) -> np.ndarray:
        """η [M] of the next round."""
        if self.eta is not None:
            return np.full(self.memories, self.eta)
        return np.sqrt(self.spread / (self.largest**2 + self.missed))

    def point(self) -> np.ndarray:
        return self.inside(self.y - self.rate()[:, None] * self.hint())

    def feed(self, memory: np.ndarray, gradient: np.ndarray) -> None:
        off = gradient - self.hint()[memory]
        self.y[memory] = self.inside(self.y[memory] - self.rate()[memory, None] * gradient)
        self.missed[memory] += (off**2).sum(1)
        self.last[memory] = gradient

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "y": self.y, "last": self.last, "missed": self.missed}
