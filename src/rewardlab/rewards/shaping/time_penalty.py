"""Time penalty.

    R = −cost

Every step costs, so that sooner is better. It does change what is best: an agent may end an episode badly only to end
it, and one that cannot end it has nothing to gain. Where the discount already prefers sooner, it is not needed.

Source: Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 3.2 (−1 for every step
until escape); Ibrahim, Mostafa, Jnadi, Salloum, Osinenko, "Comprehensive Overview of Reward Engineering and Shaping in
Advancing Reinforcement Learning Applications", IEEE Access 2024.
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.algebra import finite
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward


@dataclass
class TimePenalty(Reward):
    """Pays −cost for every step.

    Args:
        cost: of one step. Ours: a hundredth of a goal that pays 1.

    Raises:
        BadOption: for a cost that is not a finite number.
    """

    cost: float = 0.01
    knowledge: ClassVar[str] = "how long the task may take"

    def __post_init__(self) -> None:
        self.cost = finite(self.cost, "cost", "TimePenalty")

    def __call__(self, batch: Transitions) -> Array:
        return namespace(batch.reward).full_like(batch.reward, -self.cost)
