"""Goal reward (sparse).

    R = pay  where distance(s') ≤ radius,  else 0

The plainest reward of a task with a goal: true to it and silent on the way. It is paid in every step at the goal, so
added to another task it invites to stay there; a task whose episodes end at the goal pays it once.

Source: Andrychowicz, Wolski, Ray, Schneider, Fong, Welinder, McGrew, Tobin, Abbeel, Zaremba, "Hindsight Experience
Replay", NIPS 2017, Section 3.1 (−1 and 0 there: the same less a constant).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.algebra import finite
from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import away


@dataclass
class GoalReward(Reward):
    """Pays in every step that ends at the goal.

    Args:
        distance: the info column [B] that tells the distance to the goal, or a function of the state that was reached,
            [B, *obs] -> [B].
        radius: the largest distance that counts as there, >= 0.
        pay: for being there.

    Raises:
        BadOption: for a negative radius or a number that is not finite.
        MissingColumn: when called, for a column that the environment does not give.
    """

    distance: str | Callable[[Tree], Array] = "distance"
    radius: float = 0.5
    pay: float = 1.0
    knowledge: ClassVar[str] = "the goal"

    def __post_init__(self) -> None:
        self.pay = finite(self.pay, "pay", "GoalReward")
        self.radius = finite(self.radius, "radius", "GoalReward")
        if self.radius < 0:
            raise BadOption(f"radius={self.radius!r}", where="GoalReward", expected="a number >= 0")

    def __call__(self, batch: Transitions) -> Array:
        gap = away(self.distance, batch, by="GoalReward")
        xp = namespace(batch.reward)
        there = xp.full_like(batch.reward, self.pay)
        pay = xp.where(gap <= self.radius, there, xp.zeros_like(there))
        return xp.where(gap == gap, pay, xp.full_like(pay, float("nan")))  # a distance that is NaN shows
