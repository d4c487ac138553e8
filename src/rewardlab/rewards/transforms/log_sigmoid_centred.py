"""Log-sigmoid-centred reward (LSC).

    u(x, y) = log σ(r(x, y) − r_ref(x)),    r_ref a quantile of what reference responses to x are paid

The logarithm of the probability that a response is better than a reference one, where r is a Bradley-Terry reward. It
saturates for what is good already, so that poor prompts are not neglected; and a sum of such terms is the logarithm of
the probability that a response is good in every respect: `r1.then(LogSigmoidCentred("ref1")) + r2.then(...)`.

Source: Wang, Nagpal, Berant, Eisenstein, D'Amour, Koyejo, Veitch, "Transforming and Combining Rewards for Aligning
Large Language Models", ICML 2024, Equations 3.1 and 4.1.
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.transforms.references import log_sigmoid, quantile, references, share_of


@dataclass
class LogSigmoidCentred(Reward):
    """Pays log σ(r − r_ref) <= 0 of what the stage below paid.

    Args:
        references: the info column [B, M] with the rewards of M reference responses.
        quantile: which of them is the bar, in [0, 1].

    Raises:
        BadOption: for a quantile outside [0, 1].
        MissingColumn, BadBatch: when called, for a column that is missing or has no axis of references.
    """

    references: str = "references"
    quantile: float = 0.85
    knowledge: ClassVar[str] = "reference responses"

    def __post_init__(self) -> None:
        self.quantile = share_of(self.quantile, "quantile", "LogSigmoidCentred")

    def __call__(self, batch: Transitions) -> Array:
        bar = quantile(references(batch, self.references, by="LogSigmoidCentred"), self.quantile)
        return log_sigmoid(batch.reward - bar)
