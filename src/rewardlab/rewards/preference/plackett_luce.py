"""Plackett-Luce reward model: rewards learned from rankings.

    P(σ⁽¹⁾ ≻ … ≻ σ⁽ᴳ⁾) = Π_j exp S⁽ʲ⁾ / Σ_{i ≥ j} exp S⁽ⁱ⁾

A ranking is a chain of choices, each of the best of what is left. One list of G segments tells more than one pair, and
a list of which only the best few are told, or the best alone, is used as it is.

Source: Plackett, "The Analysis of Permutations", Applied Statistics 1975; Luce, "Individual Choice Behavior: A
Theoretical Analysis", Wiley 1959.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference.kernel import usable
from rewardlab.rewards.preference.likelihoods import plackett_luce_loss
from rewardlab.rewards.preference.model import SegmentModel


@dataclass(kw_only=True)
class PlackettLuce(SegmentModel):
    """Pays what an ensemble fitted to rankings of segments thinks a step is worth.

    Lists are Transitions [P, G, T] with `info["rank"]` [P, G] integers, 0 the best. The last rank may be shared by all
    that were judged no better than the rest, in no order; below 0 stands what was not in the list. So best of G is 0
    for one and 1 for the others. The options are those of `SegmentModel`.

    Raises:
        BadBatch: from `fit`, if the axes are not [P, G, T] and [P, G].
        MissingColumn: from `fit`, without ranks.
    """

    def checked(self, batch: Transitions) -> Transitions:
        return usable(batch, "rank", told, where="PlackettLuce", axes=2)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = plackett_luce_loss(scores, info["rank"].to(torch.int64))
        return out

    def right(self, scores: Tensor, info: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        rank = info["rank"].to(torch.int64)
        best = torch.where(rank >= 0, rank, rank.shape[-1]).argmin(-1)
        shown = scores.where(rank >= 0, torch.full_like(scores, -torch.inf))
        return shown.argmax(-1) == best, torch.ones_like(best, dtype=torch.bool)


def told(rank: np.ndarray) -> np.ndarray:
    """[P] bool: which rankings [P, G] tell anything, and share no rank but the last."""
    whole = np.isfinite(rank).all(-1) & (rank == np.floor(rank)).all(-1)
    last = rank.max(-1, keepdims=True, initial=-1)
    same = (rank[:, :, None] == rank[:, None, :]).sum(-1)  # how many stand where each stands
    told = (rank >= 0) & (rank < last)
    return whole & told.any(-1) & (~told | (same == 1)).all(-1)
