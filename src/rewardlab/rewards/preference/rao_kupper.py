"""Rao and Kupper's reward model: ties below a threshold.

    P(σ¹ ≻ σ²) = σ(S¹ − S² − η),    P(σ² ≻ σ¹) = σ(S² − S¹ − η),    P(σ¹ ∼ σ²) = 1 − both,    η > 0

A teacher says "alike" where the gap, as it is seen with noise, is below η. The threshold is learned with the scores, so
that ties say how close segments are, and not merely that the better one is unknown.

Source: Rao, Kupper, "Ties in Paired-Comparison Experiments: A Generalization of the Bradley-Terry Model", Journal of
the American Statistical Association 1967 (θ = exp η).
"""

from dataclasses import dataclass

from torch import Tensor

from rewardlab.rewards.preference.likelihoods import rao_kupper_logs
from rewardlab.rewards.preference.ties import TieModel


@dataclass(kw_only=True)
class RaoKupper(TieModel):
    """Pays what an ensemble fitted to comparisons with a threshold of ties thinks a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P]: 1 the first, 0 the second, ½ a tie; a label between
    is a mixture of its neighbours. The other options are those of `SegmentModel`. `ties` [K] tells what was learned.

    Args:
        tie: η before learning, above 0. Ours.

    Raises:
        BadOption: for a tie that is not positive and finite, and as `SegmentModel` does.
    """

    def logs(self, scores: Tensor, log_tie: Tensor) -> Tensor:
        out: Tensor = rao_kupper_logs(scores, log_tie.exp())
        return out
