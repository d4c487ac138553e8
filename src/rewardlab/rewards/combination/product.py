"""Product of rewards.

    R = Π_i R_i

All factors must be good at once: with factors in [0, 1] one of 0 leaves nothing, where a sum would let the agent trade
one for another. It assumes factors that are not negative; two negative ones would pay.

Source: Won, Gopinath, Hodgins, "A Scalable Approach to Control Diverse Behaviors for Physically Simulated Characters",
ACM Transactions on Graphics 2020 (the multiplicative reward of imitation).
"""

from dataclasses import dataclass

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.several import Several, checked_rewards


@dataclass
class Product(Several):
    """Pays the product of several rewards, as one part.

    Args:
        factors: the rewards; in [0, 1] if the product shall mean that all are good.

    Raises:
        BadOption: for no rewards, or what is none.
    """

    factors: tuple[Reward, ...]

    def __post_init__(self) -> None:
        self.factors = checked_rewards(self.factors, least=1, where="Product", name="factors")

    def __call__(self, batch: Transitions) -> Array:
        total = self.factors[0](batch)
        for factor in self.factors[1:]:
            total = total * factor(batch)
        return total
