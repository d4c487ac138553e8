"""Intrinsic curiosity module (ICM).

    b(s, a, s') = ½ ‖f(φ(s), a) − φ(s')‖² / σ(G),    min (1 − β) L_inverse + β L_forward

Pays for what the agent cannot predict, in features φ that only hold what its actions change: they are learned by
telling the action from two successive states. What moves by itself and cannot be predicted is mostly left out of them;
what moves because of an action, and is noise, is not.

Source: Pathak, Agrawal, Efros, Darrell, "Curiosity-driven Exploration by Self-supervised Prediction", ICML 2017,
Equations 2 to 7.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.intrinsic.curious import Curious
from rewardlab.rewards.intrinsic.dynamics import Dynamics

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(kw_only=True)
class ICM(Curious):
    """Pays the error of a forward model in inverse-dynamics features, over its running deviation.

    Args:
        beta: the share of the forward loss in (0, 1); the inverse loss has the rest.

    Raises:
        BadOption: for a beta outside (0, 1).
    """

    beta: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.beta < 1:
            raise BadOption(f"beta={self.beta!r}", where="ICM", expected="a number in (0, 1)")
        super().__post_init__()

    def __call__(self, batch: Transitions) -> Array:
        return self.paid(batch)

    def network(self, inputs: int, actions: int) -> Dynamics:
        return Dynamics(inputs, actions, features=self.features, hidden=self.hidden, seed=self.seed)

    def bonus(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        return self.model.forward_error(x, a, y)

    def loss(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        model = self.model
        return (1 - self.beta) * model.inverse_loss(x, a, y) + self.beta * model.forward_error(x, a, y).mean()
