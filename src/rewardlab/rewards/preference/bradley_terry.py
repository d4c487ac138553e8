"""Bradley-Terry reward model (deep reinforcement learning from human preferences).

    P(σ¹ ≻ σ²) = exp Σ_t r̂(o¹_t, a¹_t) / (exp Σ_t r̂(o¹_t, a¹_t) + exp Σ_t r̂(o²_t, a²_t))
    loss = −y log((1 − ε) P + ε/2) − (1 − y) log((1 − ε)(1 − P) + ε/2)

K networks, each fitted to its own bootstrap of the comparisons, predict which segment a teacher prefers; their
normalised scores are averaged. A label is thought to be a coin's with probability ε, so that no wrong one is hopeless.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 2.2, Eq. 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.kernel import preference_logit, preference_loss
from rewardlab.rewards.preference.model import SegmentModel


@dataclass(kw_only=True)
class BradleyTerry(SegmentModel):
    """Pays what an ensemble fitted to comparisons of segments thinks a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P] (1: the first is better, 0: the second, 0.5: tie) and
    perhaps `info["mask"]` [P, 2, T]. The other options are those of `SegmentModel`; three members of 64 x 64 units are
    the paper's for MuJoCo, the weight decay is ours, where the paper tunes it on held-out comparisons.

    Args:
        error: ε, the share of labels that are thought to be a coin's. The paper's.

    Raises:
        BadOption: for an error outside [0, 1), and as `SegmentModel` does.
    """

    error: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.error < 1:
            raise BadOption(f"error={self.error!r}", where=type(self).__name__, expected="0 <= error < 1")

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = preference_loss(preference_logit(scores), info["label"], error=self.error)
        return out
