"""Copeland confidence bounds: find an arm that beats the most others, where none need beat all.

    first = one of argmax_i |{ j ≠ i : u_ij >= 1/2 }|;    second = argmax { u_j,first : l_j,first <= 1/2 }

The arm that may still beat the most others meets the rival that may beat it most clearly, rivals that surely do left
aside; it meets itself once all its duels are decided. A Copeland winner exists for every matrix of preferences.

Source: Zoghi, Karnin, Whiteson, de Rijke, "Copeland Dueling Bandits", NeurIPS 2015, Algorithm 1 (CCB): how it
chooses the two arms; its lists of likely winners and of those who beat them, which make the constants smaller, are left
out.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.bandit import any_best
from rewardlab.agents.loops.dueling import DuelAgent, bounds
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class Copeland(DuelAgent):
    """Optimism in the number of beaten arms, for pairs of arms and any observation, which it ignores.

    Args:
        alpha: α > 0 of the bounds.

    Raises:
        BadOption: for an α outside its range.
    """

    alpha: float = 0.51

    def prepare(self) -> None:
        super().prepare()
        if not 0 < self.alpha < np.inf:
            raise BadOption(f"alpha={self.alpha!r}", where="Copeland", expected="a number above 0")

    def pair(self, met: np.ndarray, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        upper, lower = bounds(self.wins, met, t, self.alpha)
        first = any_best((upper >= 0.5).sum(2), rng)  # an arm counts itself, as all do
        row = np.arange(len(first))
        rival = np.where(lower[row, :, first] <= 0.5, upper[row, :, first], -np.inf)
        rival[row, first] = np.nextafter(0.5, 0)  # of equals it is never the first arm itself
        return np.stack([first, any_best(rival, rng)], 1)
