"""Uncertainty-weighted optimisation (UWO).

    R = (1/K) Σ_i r_i − λ (1/K) Σ_i (r_i − mean r)²

The mean of several reward models less a penalty for their disagreement. With few members it acts like the worst case,
and weighs all of them instead of one.

Source: Coste, Anwar, Kirk, Krueger, "Reward Model Ensembles Help Mitigate Overoptimization", ICLR 2024, Section 3.3
(uncertainty-weighted optimisation).
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.algebra import finite
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.combination.members import Ensemble


@dataclass
class UncertaintyWeighted(Ensemble):
    """Pays the mean of the members less λ times their variance, as one part.

    The variance has the square of the members' unit: call `fit` with reference samples, or choose λ for their scale.

    Args:
        members: K >= 1 rewards of the same thing.
        penalty: λ >= 0; 0.5 for best-of-n, 0.1 for policy gradients.

    Raises:
        BadOption: for no members, what is no reward, or a negative penalty.
    """

    penalty: float = 0.5
    knowledge: ClassVar[str] = "several reward models"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.penalty = finite(self.penalty, "penalty", "UncertaintyWeighted")
        if self.penalty < 0:
            raise BadOption(f"penalty={self.penalty}", where="UncertaintyWeighted", expected="a number >= 0")

    def __call__(self, batch: Transitions) -> Array:
        scores = self.scores(batch)
        xp = namespace(scores)
        mean = xp.mean(scores, axis=0)
        return mean - self.penalty * xp.mean((scores - mean) ** 2, axis=0)
