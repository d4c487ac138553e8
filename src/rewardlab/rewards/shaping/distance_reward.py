"""Distance reward (dense).

    R = −scale · distance(s')

Tells the way in every step and is no potential: it pays for where one is, not for coming nearer. Staying near adds up,
so that a detour, or an end that cuts the costs short, can become best. The same knowledge without that price is
`Potential(Distance(...))`, or `Progress("distance")`, which pay the difference γ Φ(s') − Φ(s).

Source: Ng, Harada, Russell, "Policy Invariance Under Reward Transformations: Theory and Application to Reward Shaping",
ICML 1999, Section 1 (rewards for being nearer and what they do); Ibrahim, Mostafa, Jnadi, Salloum, Osinenko,
"Comprehensive Overview of Reward Engineering and Shaping in Advancing Reinforcement Learning Applications", IEEE Access
2024.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.algebra import finite
from rewardlab.core.arrays import Array, Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import away


@dataclass
class DistanceReward(Reward):
    """Pays −scale · distance in every step.

    Args:
        distance: the info column [B] that tells the distance to the goal, or a function of the state that was reached,
            [B, *obs] -> [B].
        scale: pay per unit of distance.

    Raises:
        BadOption: for a scale that is not a finite number.
        MissingColumn: when called, for a column that the environment does not give.
    """

    distance: str | Callable[[Tree], Array] = "distance"
    scale: float = 1.0
    knowledge: ClassVar[str] = "the goal"

    def __post_init__(self) -> None:
        self.scale = finite(self.scale, "scale", "DistanceReward")

    def __call__(self, batch: Transitions) -> Array:
        return -self.scale * away(self.distance, batch, by="DistanceReward")
