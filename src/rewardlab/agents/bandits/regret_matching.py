"""Regret matching: each coordinate as often as one regrets not to have played it.

    Q_k = Σ_t (g_t · p_t − g_{t,k}),    p_k ∝ max(Q_k, 0),    the middle of the simplex if no Q_k is above 0
    max_k Q_k ≤ √(Σ_t Σ_k (g_t · p_t − g_{t,k})²)

It has no rate to set, and is what game solvers are built from. Its regret grows with the root of the number of
coordinates, not of its logarithm.

Source: Hart, Mas-Colell, "A Simple Adaptive Procedure Leading to Correlated Equilibrium", Econometrica 2000
(unconditional regret), after Blackwell, "An Analog of the Minimax Theorem for Vector Payoffs", Pacific Journal of
Mathematics 1956.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.agents.loops.convex import ConvexAgent, matched


@dataclass(eq=False, kw_only=True)
class RegretMatching(ConvexAgent):
    """Play in proportion to the regrets, for points of the simplex; it ignores observations.

    Attributes:
        Q: [M, d] regrets.
    """

    domains: ClassVar[tuple[str, ...]] = ("simplex",)

    def prepare(self) -> None:
        super().prepare()
        self.Q = np.zeros((self.memories, self.dimension))

    def point(self) -> np.ndarray:
        return matched(self.Q)

    def feed(self, memory: np.ndarray, gradient: np.ndarray) -> None:
        regret = (gradient * self.point()[memory]).sum(1, keepdims=True) - gradient
        self.Q[memory] += regret

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "Q": self.Q}
