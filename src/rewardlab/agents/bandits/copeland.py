"""Copeland confidence bounds (CCB): find an arm that beats the most others, where none need beat all.

    U_i = |{ j ≠ i : u_ij >= 1/2 }|,    L_i = |{ j ≠ i : l_ij >= 1/2 }|,    C = argmax_i U_i
    B drops i where U_i < max_j L_j, and B_i = { k : u_ik < 1/2 } then says why;    U_i = L_i = max: i is of B for sure,
    L_C = K − 1 − U_i, and of each B_j that has them L_C + 1 arms are kept
    first ∈ B ∩ C or C;    second = argmax { u_j,first : l_j,first <= 1/2 } over B_first or all arms

The arm that may still beat the most others meets the rival that may beat it most clearly, rivals that surely do left
aside; it meets itself once all its duels are decided. An arm that loses to L_C + 1 others is no winner, so that this
many rivals for each arm, and not all, have to be met again from time to time. What turns out to be false in these lists
makes them begin anew. A Copeland winner exists for every matrix of preferences.

Source: Zoghi, Karnin, Whiteson, de Rijke, "Copeland Dueling Bandits", NeurIPS 2015, Algorithm 1 (CCB); where no rival
of the list B_first is left, all arms are asked.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import any_best
from rewardlab.agents.loops.dueling import DuelAgent, bounds
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class Copeland(DuelAgent):
    """Optimism in the number of beaten arms, for pairs of arms and any observation, which it ignores.

    Args:
        alpha: α > 0 of the bounds; the theory asks for more than 1/2.

    Attributes:
        candidates: [M, K] bool, B: the arms that are thought to be Copeland winners.
        rivals: [M, K, K] bool, row i is B_i: arms that are thought to beat i.
        losses: [M] L_C: the most arms that a Copeland winner is thought to lose to; K for nothing known.

    Raises:
        BadOption: for an α outside its range.
    """

    alpha: float = 0.51

    def prepare(self) -> None:
        super().prepare()
        if not 0 < self.alpha < np.inf:
            raise BadOption(f"alpha={self.alpha!r}", where="Copeland", expected="a number above 0")
        self.candidates = np.ones((self.memories, self.arms), dtype=bool)
        self.rivals = np.zeros((self.memories, self.arms, self.arms), dtype=bool)
        self.losses = np.full(self.memories, self.arms)

    def pair(self, met: np.ndarray, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        upper, lower = bounds(self.wins, met, t, self.alpha)
        coin, row = rng.random((3, len(upper))), np.arange(len(upper))
        most = (upper >= 0.5).sum(2)  # an arm counts itself, as all do
        able = most == most.max(1, keepdims=True)
        likely = able & self.candidates
        able = np.where((likely.any(1) & (coin[0] < 2 / 3))[:, None], likely, able)
        first = any_best(able.astype(float), rng)
        allowed = lower[row, :, first] <= 0.5
        listed = allowed & self.rivals[row, first]
        allowed = np.where((listed.any(1) & (coin[1] < 1 / 2))[:, None], listed, allowed)
        rival = np.where(allowed, upper[row, :, first], -np.inf)
        rival[row, first] = np.minimum(rival[row, first], np.nextafter(0.5, 0))  # of equals it is never the first
        out = np.stack([first, any_best(rival, rng)], 1)
        # A quarter of the duels ask whether the lists hold.
        open_ = (self.rivals & (lower <= 0.5) & (upper >= 0.5)).reshape(len(out), -1)
        listed_pair = any_best(open_.astype(float), rng)
        asked = open_.any(1) & (coin[2] < 1 / 4)
        out[asked] = np.stack(np.divmod(listed_pair, self.arms), 1)[asked]
        return out

    def feed(self) -> None:
        upper, lower = bounds(self.wins, self.wins + self.wins.transpose(0, 2, 1), self.duels + 1, self.alpha)
        most, least = (upper >= 0.5).sum(2) - 1, (lower >= 0.5).sum(2) - 1
        self._begin((self.rivals & (lower > 0.5)).sum((1, 2)) > 0)
        # Those who cannot win any more, and who beats them.
        fallen = self.candidates & (most < least.max(1, keepdims=True))
        self.candidates &= ~fallen
        unlike = self.rivals.sum(2) != (self.losses + 1)[:, None]
        self.rivals = np.where((fallen & unlike)[..., None], upper < 0.5, self.rivals)
        self._begin(self.candidates.sum(1) == 0)
        # Those who win for sure, and how many arms they lose to.
        best = most.max(1)
        sure = (most == best[:, None]) & (most == least)
        found = sure.any(1)
        self.candidates |= sure
        self.losses = np.where(found, self.arms - 1 - best, self.losses)
        enough = (self.losses + 1)[:, None]
        size = self.rivals.sum(2)
        self.rivals &= ~(found[:, None] & (sure | (size < enough)))[..., None]
        for m, j in np.argwhere(found[:, None] & (self.rivals.sum(2) > enough)):
            held = np.flatnonzero(self.rivals[m, j])
            self.rivals[m, j] = False
            self.rivals[m, j, self._rng.choice(held, self.losses[m] + 1, replace=False)] = True

    def _begin(self, anew: np.ndarray) -> None:
        """Forget the lists of memories [M] bool."""
        self.candidates[anew], self.rivals[anew], self.losses[anew] = True, False, self.arms

    def tables(self) -> dict[str, Any]:
        lists = {"candidates": self.candidates, "rivals": self.rivals, "losses": self.losses}
        return {**super().tables(), **lists}
