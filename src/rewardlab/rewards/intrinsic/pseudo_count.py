"""Pseudo-counts: a count-based bonus by a density model.

    b(s') = β / √(N̂(s') + 0.01),    N̂ = ρ (1 − ρ') / (ρ' − ρ)
    ρ(s) = Π_d (n_d(s_d) + α) / (n + α K_d),    ρ' the same after s was counted once more

How much one more visit raises the density of a state tells how often it was there; the density lends to a new state
what was learned of its parts. Here the parts are independent: each number of an observation has a table of its own.
With one part N̂ = n(s) + α, the exact count and the prior.

Source: Bellemare, Srinivasan, Ostrovski, Schaul, Saxton, Munos, "Unifying Count-Based Exploration and Intrinsic
Motivation", NIPS 2016, Equation 2 and Section 5 (the bonus); Krichevsky, Trofimov, "The Performance of Universal
Encoding", IEEE Transactions on Information Theory 1981 (α = 1/2).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from gymnasium.spaces import Space

from rewardlab.core.arrays import Array, Tree, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.intrinsic.factors import Factors


@dataclass
class PseudoCount(Reward):
    """Pays by the pseudo-count of the state that a step reached, under independent tables of its parts.

    The tables are counted by `update` alone. An observation with NaN pays NaN and is not counted. The paper's own
    density, a context tree over the pixels of a picture, sees more than these tables.

    Args:
        space: of the observations: Discrete, MultiDiscrete, MultiBinary, bounded Box, and Dict or Tuple of them.
        beta: the weight. The paper's.
        bins: parts that the range of each number of a Box is cut into, >= 2. Ours.
        alpha: α > 0, what every value counts before it was seen.

    Raises:
        BadSpace: for any other space.
        BadOption: for bins < 2, or an alpha that is not positive.
        BadBatch: from `update`, for an observation with NaN.
    """

    space: Space
    beta: float = 0.05
    bins: int = 16
    alpha: float = 0.5
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "limit"
    knowledge: ClassVar[str] = "the range of the observations"

    def __post_init__(self) -> None:
        if isinstance(self.bins, bool) or not isinstance(self.bins, int) or self.bins < 2:
            raise BadOption(f"bins={self.bins!r}", where="PseudoCount", expected="an integer >= 2")
        if not (self.alpha > 0 and math.isfinite(self.alpha)):
            raise BadOption(f"alpha={self.alpha!r}", where="PseudoCount", expected="a number > 0")
        self._factors = Factors(self.space, self.bins)
        sizes = self._factors.sizes
        self._first = np.cumsum(sizes) - sizes  # [D] where each factor's table begins
        self._table = np.zeros(int(sizes.sum()), dtype=np.int64)
        self._total = 0

    def counts(self, obs: Tree, rows: tuple[int, ...]) -> np.ndarray:
        """N̂ of observations [*rows, *obs], of shape `rows`; NaN where there is a NaN."""
        place, wrong = self._factors(obs, rows)
        held = self._table[place + self._first] + self.alpha  # [B, D]
        whole = self._total + self.alpha * self._factors.sizes  # [D]
        # In logarithms: with many factors densities are far below the smallest float.
        gain = (np.log1p(1.0 / held) - np.log1p(1.0 / whole)).sum(-1)  # log ρ' − log ρ
        after = np.log(held + 1.0).sum(-1) - np.log(whole + 1.0).sum()  # log ρ'
        certain = gain <= 0.0  # every factor has one value: any state is all states
        found = -np.expm1(np.minimum(after, 0.0)) / np.expm1(np.where(certain, 1.0, np.minimum(gain, 700.0)))
        found = np.where(certain, self._total + self.alpha, found)
        return np.where(wrong, np.nan, found).reshape(rows)

    def __call__(self, batch: Transitions) -> Array:
        pay = self.beta / np.sqrt(self.counts(batch.next_obs, batch.shape) + 0.01)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def update(self, batch: Transitions) -> dict[str, float]:
        place, wrong = self._factors(batch.next_obs, batch.shape)
        if wrong.any():
            raise BadBatch(f"{int(wrong.sum())} observations with NaN", where="PseudoCount.update", expected="numbers")
        self._table += np.bincount((place + self._first).ravel(), minlength=len(self._table))
        self._total += len(place)
        return {f"{self.name}/states": float(self._total)}

    def state_dict(self) -> dict[str, Any]:
        return {"table": self._table.copy(), "total": self._total}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("table", "total"), where="PseudoCount")
        table = np.array(state["table"], dtype=np.int64)
        if table.shape != self._table.shape:
            raise BadCheckpoint(
                f"a table of shape {table.shape}", where="PseudoCount", expected=f"{self._table.shape}, for its space"
            )
        self._table, self._total = table, int(state["total"])
