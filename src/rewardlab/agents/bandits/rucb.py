"""RUCB: relative confidence bounds find the arm that beats all others.

    C = { c : u_cj >= 1/2 for all j };    B = C if it is one arm, else B ∩ C
    first = the arm of B half of the time, else another of C;    second = argmax_j u_j,first

An arm that may still beat all others meets the rival that may beat it most clearly. Where there is a Condorcet winner
the regret grows with the logarithm of the duels; without one the arms of C never come to rest.

Source: Zoghi, Whiteson, Munos, de Rijke, "Relative Upper Confidence Bound for the K-Armed Dueling Bandit Problem", ICML
2014, Algorithm 1 (its bounds ask for α > 1/2).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import any_best
from rewardlab.agents.loops.dueling import DuelAgent, bounds
from rewardlab.agents.loops.weights import drawn
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class RUCB(DuelAgent):
    """Optimism in duels, for pairs of arms and any observation, which it ignores.

    Args:
        alpha: α > 0 of the bounds.

    Attributes:
        hypothesis: [M, K] bool, B: the arm that is thought to beat all others, if there is one.

    Raises:
        BadOption: for an α outside its range.
    """

    alpha: float = 0.51

    def prepare(self) -> None:
        super().prepare()
        if not 0 < self.alpha < np.inf:
            raise BadOption(f"alpha={self.alpha!r}", where="RUCB", expected="a number above 0")
        self.hypothesis = np.zeros((self.memories, self.arms), dtype=bool)

    def pair(self, met: np.ndarray, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        upper, _ = bounds(self.wins, met, t, self.alpha)
        first = drawn(self._chances(np.all(upper >= 0.5, axis=2)), rng)
        row = np.arange(len(first))
        rival = upper[row, :, first]
        rival[row, first] = np.nextafter(0.5, 0)  # of equals it is never the first arm itself
        return np.stack([first, any_best(rival, rng)], 1)

    def _chances(self, candidates: np.ndarray) -> np.ndarray:
        """[M, K] for candidates [M, K]: half of the time the hypothesis, else one of the others alike."""
        held = self.hypothesis & candidates
        others = candidates & ~held
        none = ~candidates.any(1, keepdims=True)
        return np.where(none, 1.0, np.where(held, np.maximum(others.sum(1, keepdims=True), 1), others))

    def feed(self) -> None:
        met = self.wins + self.wins.transpose(0, 2, 1)
        upper, _ = bounds(self.wins, met, self.duels + 1, self.alpha)
        candidates = np.all(upper >= 0.5, axis=2)
        self.hypothesis = np.where(candidates.sum(1, keepdims=True) == 1, candidates, self.hypothesis & candidates)

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "hypothesis": self.hypothesis}
