"""Double Thompson sampling: both arms of a duel are drawn from what their duels have shown.

    C = argmax_i |{ j ≠ i : u_ij > 1/2 }|;    θ_ij ~ Beta(w_ij + 1, w_ji + 1),  θ_ji = 1 − θ_ij
    first = argmax_{i ∈ C} |{ j ≠ i : θ_ij > 1/2 }|;    second = argmax { θ'_j,first : l_j,first <= 1/2 },  θ'_ii = 1/2

The first arm is a likely Copeland winner, the second a likely rival whose duel with it is not decided. Its regret grows
with the logarithm of the duels for every matrix of preferences, with small constants.

Source: Wu, Liu, "Double Thompson Sampling for Dueling Bandits", NeurIPS 2016, Algorithm 1.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.bandit import any_best
from rewardlab.agents.loops.dueling import DuelAgent, bounds
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class DoubleThompson(DuelAgent):
    """Posterior sampling in duels, for pairs of arms and any observation, which it ignores.

    Args:
        alpha: α > 0 of the bounds.

    Raises:
        BadOption: for an α outside its range.
    """

    alpha: float = 0.51

    def prepare(self) -> None:
        super().prepare()
        if not 0 < self.alpha < np.inf:
            raise BadOption(f"alpha={self.alpha!r}", where="DoubleThompson", expected="a number above 0")

    def pair(self, met: np.ndarray, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        upper, lower = bounds(self.wins, met, t, self.alpha)
        beats = (upper > 0.5).sum(2)
        one, other = np.triu_indices(self.arms, 1)
        theta = np.full(self.wins.shape, 0.5)
        theta[:, one, other] = rng.beta(self.wins[:, one, other] + 1, self.wins[:, other, one] + 1)
        theta[:, other, one] = 1.0 - theta[:, one, other]
        likely = np.where(beats == beats.max(1, keepdims=True), (theta > 0.5).sum(2), -1)
        first = any_best(likely, rng)
        row = np.arange(len(first))
        again = rng.beta(self.wins[row, :, first] + 1, self.wins[row, first] + 1)
        again[row, first] = 0.5
        return np.stack([first, any_best(np.where(lower[row, :, first] <= 0.5, again, -np.inf), rng)], 1)
