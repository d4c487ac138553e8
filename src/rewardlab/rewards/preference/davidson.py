"""Davidson's reward model: ties in proportion to the geometric mean.

    P(σ¹ ≻ σ²) ∝ exp S¹,    P(σ² ≻ σ¹) ∝ exp S²,    P(σ¹ ∼ σ²) ∝ ν exp((S¹ + S²) / 2),    ν > 0

Of judgements that are no ties, the odds are those of Bradley and Terry: ν moves the share of ties alone. Equal segments
tie with probability ν / (2 + ν).

Source: Davidson, "On Extending the Bradley-Terry Model to Accommodate Ties in Paired Comparison Experiments", Journal
of the American Statistical Association 1970.
"""

from dataclasses import dataclass

from torch import Tensor

from rewardlab.rewards.preference.likelihoods import davidson_logs
from rewardlab.rewards.preference.ties import TieModel


@dataclass(kw_only=True)
class Davidson(TieModel):
    """Pays what an ensemble fitted to comparisons with ties by Davidson's rule thinks a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P]: 1 the first, 0 the second, ½ a tie; a label between
    is a mixture of its neighbours. The other options are those of `SegmentModel`. `ties` [K] tells what was learned.

    Args:
        tie: ν before learning, above 0. Ours.

    Raises:
        BadOption: for a tie that is not positive and finite, and as `SegmentModel` does.
    """

    def logs(self, scores: Tensor, log_tie: Tensor) -> Tensor:
        out: Tensor = davidson_logs(scores, log_tie)
        return out
