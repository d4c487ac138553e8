"""Optimistic Hedge: exponential weights on the losses so far and a hint of the next.

    p_{t+1,k} ∝ exp(−η_t (Σ_{s≤t} g_{s,k} + m_{t+1,k})),    m_{t+1} = g_t
    η_t = √(ln d / (G² + Σ_{s≤t} max_k (g_{s,k} − m_{s,k})²))
    regret after T rounds ≤ 2 √(ln d (G² + Σ max_k (g_{t,k} − m_{t,k})²)) if all |g − m| ≤ G

The entropy's form of optimistic mirror descent: the number of coordinates enters by its logarithm. In games where all
play so, regret per round falls faster than against an adversary.

Source: Rakhlin, Sridharan, "Online Learning with Predictable Sequences", COLT 2013; Syrgkanis, Agarwal, Luo,
Schapire, "Fast Convergence of Regularized Learning in Games", NeurIPS 2015 (the last gradient as a hint).
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.agents.loops.convex import ConvexAgent, check_rate
from rewardlab.agents.loops.regularisers import simplex_entropy
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class OptimisticHedge(ConvexAgent):
    """Exponential weights with a hint, for points of the simplex; it ignores observations.

    Other hints are written as `hint` of a class below this one.

    Args:
        eta: a constant η > 0; None for the rate that falls.
        largest: G > 0, of |g − m|.
        trust: share of the last gradient in the hint, 0..1; 0 for none.

    Attributes:
        total: [M, d] Σ g.
        last: [M, d] the last gradient, 0 before the first.
        missed: [M] Σ max (g − m)².

    Raises:
        BadOption: for a number outside its range.
    """

    eta: float | None = None
    largest: float = 1.0
    trust: float = 1.0

    domains: ClassVar[tuple[str, ...]] = ("simplex",)

    def prepare(self) -> None:
        super().prepare()
        check_rate(self.eta, "OptimisticHedge")
        if not 0 < self.largest < math.inf:
            raise BadOption(f"largest={self.largest!r}", where="OptimisticHedge", expected="a number above 0")
        if not 0 <= self.trust <= 1:
            raise BadOption(f"trust={self.trust!r}", where="OptimisticHedge", expected="a share, 0..1")
        self.total, self.last = (np.zeros((self.memories, self.dimension)) for _ in range(2))
        self.missed = np.zeros(self.memories)

    def hint(self) -> np.ndarray:
        """m [M, d], what the next gradient may be."""
        return self.trust * self.last

    def rate(self) -> np.ndarray:
        """η [M] of the next round."""
        if self.eta is not None:
            return np.full(self.memories, self.eta)
        return np.sqrt(math.log(self.dimension) / (self.largest**2 + self.missed))

    def point(self) -> np.ndarray:
        return simplex_entropy(self.total + self.hint(), self.rate())

    def feed(self, memory: np.ndarray, gradient: np.ndarray) -> None:
        self.missed[memory] += np.abs(gradient - self.hint()[memory]).max(1) ** 2
        self.total[memory] += gradient
        self.last[memory] = gradient

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "total": self.total, "last": self.last, "missed": self.missed}
