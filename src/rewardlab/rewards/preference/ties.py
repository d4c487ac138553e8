"""What models of comparisons with ties share: a tie parameter per member, learned with the scores.

    tie_k = tie · exp(SPEED · w_k),    w_k = 0 before learning

The parameter stays positive, and moves by about one percent in a step of the optimiser at its usual size.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.likelihoods import tie_loss
from rewardlab.rewards.preference.model import SegmentModel

SPEED = 10.0


@dataclass(kw_only=True)
class TieModel(SegmentModel):
    """An ensemble fitted to comparisons [P, 2, T] with labels [P]: 1 the first, 0 the second, ½ a tie.

    Args:
        tie: the parameter before learning, above 0.

    Raises:
        BadOption: for a tie that is not positive and finite, and as `SegmentModel` does.
    """

    tie: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.tie) and self.tie > 0):
            raise BadOption(f"tie={self.tie!r}", where=type(self).__name__, expected="a number above 0")

    def logs(self, scores: Tensor, log_tie: Tensor) -> Tensor:
        """Log P [K, P, 3] of first, second and tie for scores [K, P, 2] and the parameter's logarithm [K, 1]."""
        raise NotImplementedError(f"{type(self).__name__} does not say how likely a tie is: define logs")

    def network(self, width: int, seed: int) -> nn.Module:
        module = super().network(width, seed)
        module.register_parameter("tie", nn.Parameter(torch.zeros(self.members)))
        return module

    def _log_tie(self) -> Tensor:
        return (math.log(self.tie) + SPEED * self._fit.module.get_parameter("tie"))[:, None]

    @property
    def ties(self) -> np.ndarray:
        """The parameter [K] as it was learned."""
        return np.exp(array(self._log_tie())[:, 0]) if self._encoders else np.full(self.members, self.tie)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = tie_loss(self.logs(scores, self._log_tie()), info["label"])
        return out

    def right(self, scores: Tensor, info: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        label = info["label"]
        given = torch.where(label > 0.75, 0, torch.where(label < 0.25, 1, 2))
        return self.logs(scores, self._log_tie()).argmax(-1) == given, torch.ones_like(given, dtype=torch.bool)

    @torch.no_grad()
    def answers(self, pairs: Transitions) -> Array:
        """P [K, P, 3] of "the first", "the second" and "a tie" by each member, float64."""
        scores = self.segment_scores(pairs).to(torch.float64)
        return array(self.logs(scores, self._log_tie().to(torch.float64)).exp())

    def probabilities(self, pairs: Transitions) -> Array:
        chance = self.answers(pairs)
        return chance[..., 0] + 0.5 * chance[..., 2]  # the label that is expected
