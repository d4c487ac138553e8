"""Discounted UCB: confidence bounds of pulls that count less the older they are.

    N_k = Σ_{s: a_s = k} γ^{t − s},    X̄_k = Σ_{s: a_s = k} γ^{t − s} r_s / N_k,    n = Σ_k N_k
    pull argmax_k  X̄_k + 2 w √(ξ ln n / N_k),    each arm once before

It forgets smoothly what a sliding window forgets at once, and needs no memory of single pulls. With C changes in T
pulls 1 − γ is to be about √(C / T) / 4.

Source: Kocsis, Szepesvári, "Discounted UCB", 2nd PASCAL Challenges Workshop 2006; Garivier, Moulines, "On
Upper-Confidence Bound Policies for Switching Bandit Problems", ALT 2011, Section 2 (D-UCB; its bound asks for ξ > 1/2).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import IndexAgent, turns
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class DiscountedUCB(IndexAgent):
    """Optimism of discounted pulls, for Discrete actions and any observation, which it ignores.

    Args:
        gamma: γ in (0, 1], by which each pull of a memory lessens the weight of those before.
        xi: ξ >= 0; the default is ours.
        span: w > 0, for pay in a range of this width.

    Attributes:
        weights: [M, K] N_k.
        weighted: [M, K] N_k X̄_k.

    Raises:
        BadOption: for a number outside its range.
    """

    gamma: float = 0.99
    xi: float = 0.6
    span: float = 1.0

    def prepare(self) -> None:
        if not 0 < self.gamma <= 1:
            raise BadOption(f"gamma={self.gamma!r}", where="DiscountedUCB", expected="a number in (0, 1]")
        if not (0 <= self.xi < np.inf and 0 < self.span < np.inf):
            raise BadOption(
                f"xi={self.xi!r}, span={self.span!r}", where="DiscountedUCB", expected="xi >= 0 and span > 0"
            )
        self.weights = np.zeros((self.memories, self.num_actions))
        self.weighted = np.zeros((self.memories, self.num_actions))

    def evidence(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        means = self.weighted / np.where(self.weights > 0, self.weights, 1.0)
        return means, self.weights, self.weights.sum(1, keepdims=True)

    def index(self, means: np.ndarray, counts: np.ndarray, pulled: np.ndarray) -> np.ndarray:
        return means + 2 * self.span * np.sqrt(self.xi * np.log(np.maximum(pulled, 1.0)) / counts)

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        for turn in turns(memory):
            m = memory[turn]
            self.weights[m] *= self.gamma
            self.weighted[m] *= self.gamma
            self.weights[m, arm[turn]] += 1.0
            self.weighted[m, arm[turn]] += pay[turn]

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "weights": self.weights, "weighted": self.weighted}
