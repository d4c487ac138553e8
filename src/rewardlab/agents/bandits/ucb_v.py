"""UCB-V: confidence bounds that are narrow where pay hardly varies.

    V_k = mean of (r − x̄_k)² over the pulls of k
    pull argmax_k  x̄_k + √(2 ζ V_k ln t / n_k) + 3 c w ζ ln t / n_k,    each arm once before

UCB1 takes the largest variance that a range allows; here it is measured, and the last term pays for that. With arms of
small variance the regret is many times smaller.

Source: Audibert, Munos, Szepesvári, "Exploration-exploitation Tradeoff Using Variance Estimates in Multi-armed
Bandits", Theoretical Computer Science 2009, Section 2 (its bound asks for ζ > 1 with c = 1).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import IndexAgent
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class UCBV(IndexAgent):
    """Optimism by measured variances, for Discrete actions and any observation, which it ignores.

    Args:
        zeta: ζ > 0.
        c: >= 0, the weight of the last term.
        span: w > 0, for pay in a range of this width.

    Attributes:
        squares: [M, K] sums of the squares of how far pay lies from the mean of its arm.

    Raises:
        BadOption: for a number outside its range.
    """

    zeta: float = 1.2
    c: float = 1.0
    span: float = 1.0

    def prepare(self) -> None:
        for name in ("zeta", "span"):
            if not 0 < getattr(self, name) < np.inf:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="UCBV", expected="a number above 0")
        if not 0 <= self.c < np.inf:
            raise BadOption(f"c={self.c!r}", where="UCBV", expected="a number >= 0")
        self.squares = np.zeros((self.memories, self.num_actions))

    def index(self, means: np.ndarray, counts: np.ndarray, pulled: np.ndarray) -> np.ndarray:
        each = self.zeta * np.log(np.maximum(pulled, 2)) / counts
        variance = self.squares / np.maximum(self.counts, 1)
        return means + np.sqrt(2 * variance * each) + 3 * self.c * self.span * each

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        cell, size = memory * self.num_actions + arm, self.counts.size
        counts, totals = self.counts.reshape(-1), self.totals.reshape(-1)
        new = np.bincount(cell, minlength=size)
        total = np.bincount(cell, pay, minlength=size)
        # Squares within the batch, and those of two means that become one; squares of pay itself would lose digits.
        mean = total / np.maximum(new, 1)
        within = np.bincount(cell, (pay - mean[cell]) ** 2, minlength=size)
        before = counts - new
        apart = mean - (totals - total) / np.maximum(before, 1)
        between = apart**2 * before * new / np.maximum(counts, 1)
        self.squares += (within + between).reshape(self.squares.shape)

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "squares": self.squares}
