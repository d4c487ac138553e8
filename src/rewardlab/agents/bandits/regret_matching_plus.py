"""Regret matching+: regret matching that forgets negative regrets at once.

    Q_k ← max(Q_k + g_t · p_t − g_{t,k}, 0),    p_k ∝ Q_k,    the middle of the simplex if all Q_k are 0
    regret against each k ≤ Q_k ≤ √(Σ_t Σ_k (g_t · p_t − g_{t,k})²)

A coordinate that was bad for long comes back as soon as it is good: the same bound, and a far faster way to the
equilibria of games. It also follows the best coordinate where that changes.

Source: Tammelin, Burch, Johanson, Bowling, "Solving Heads-up Limit Texas Hold'em", IJCAI 2015.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.agents.loops.convex import ConvexAgent, matched


@dataclass(eq=False, kw_only=True)
class RegretMatchingPlus(ConvexAgent):
    """Play in proportion to regrets that are never negative, for points of the simplex; it ignores observations.

    Attributes:
        Q: [M, d] regrets, cut at 0 in each round.
    """

    domains: ClassVar[tuple[str, ...]] = ("simplex",)

    def prepare(self) -> None:
        super().prepare()
        self.Q = np.zeros((self.memories, self.dimension))

    def point(self) -> np.ndarray:
        return matched(self.Q)

    def feed(self, memory: np.ndarray, gradient: np.ndarray) -> None:
        regret = (gradient * self.point()[memory]).sum(1, keepdims=True) - gradient
        self.Q[memory] = np.maximum(self.Q[memory] + regret, 0.0)

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "Q": self.Q}
