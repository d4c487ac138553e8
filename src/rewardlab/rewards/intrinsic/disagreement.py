"""Exploration by disagreement.

    b(s, a) = mean_d Var_k f_k(s, a)_d / σ(G),    each f_k minimises ‖f_k(s, a) − s'‖² on its own share of the steps

K models predict the next state; where they have seen much they agree, also on the mean of what is pure noise. So,
unlike a prediction error, the bonus of a noisy screen fades.

Source: Pathak, Gandhi, Gupta, "Self-Supervised Exploration via Disagreement", ICML 2019, Equation 1.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from rewardlab.core import nets
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.intrinsic.curious import Curious

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(kw_only=True)
class Disagreement(Curious):
    """Pays the variance of K forward models, over its running deviation.

    Args:
        members: K >= 2.
    """

    members: int = 5

    def __post_init__(self) -> None:
        if self.members < 2:
            raise BadOption(f"members={self.members!r}", where="Disagreement", expected="at least 2")
        super().__post_init__()

    def __call__(self, batch: Transitions) -> Array:
        return self.paid(batch)

    def network(self, inputs: int, actions: int) -> "nn.Module":
        return nets.mlp(inputs + actions, inputs, self.hidden, seed=nets.child_seed(self.seed, 0), members=self.members)

    def _guesses(self, x: "Tensor", a: "Tensor") -> "Tensor":
        """[K, B, D] of flat x [B, D] and a [B, A]."""
        return self.model(torch.cat([x, a], -1))

    def bonus(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        lead = x.shape[:-1]
        guesses = self._guesses(x.reshape(-1, x.shape[-1]), a.reshape(-1, a.shape[-1]))
        return guesses.var(0, correction=0).mean(-1).reshape(lead)

    def loss(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        error = ((self._guesses(x, a) - y) ** 2).mean(-1)  # [K, B]
        # Each member leaves out another half of the samples: a bootstrap without a generator.
        index = torch.arange(error.shape[1], device=error.device)
        held = torch.stack([(index * (2 * k + 3) // 2 + k) % 2 == 0 for k in range(self.members)])
        return (error * held).sum() / held.sum().clamp(min=1)
