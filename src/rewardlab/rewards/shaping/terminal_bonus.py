"""Terminal bonus.

    R = bonus   where the episode terminates in success
        failure where it terminates without
        0       elsewhere, and where it is only cut off

Pays for how an episode ended. It changes what is best wherever the task's own reward judges ends otherwise.

Source: Ibrahim, Mostafa, Jnadi, Salloum, Osinenko, "Comprehensive Overview of Reward Engineering and Shaping in
Advancing Reinforcement Learning Applications", IEEE Access 2024; Ng, Harada, Russell, "Policy Invariance Under Reward
Transformations: Theory and Application to Reward Shaping", ICML 1999, Section 3 (what is no potential changes optima).
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.algebra import finite
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward


@dataclass
class TerminalBonus(Reward):
    """Pays where an episode terminates, by whether it succeeded.

    Args:
        bonus: for a success.
        failure: for an end without success, usually <= 0.
        column: the info column [B] that is true, or above 0, where the task was done.

    Raises:
        BadOption: for a pay that is not a finite number.
        MissingColumn: when called, for a column that the environment does not give.
    """

    bonus: float = 1.0
    failure: float = 0.0
    column: str = "success"
    knowledge: ClassVar[str] = "what counts as success"

    def __post_init__(self) -> None:
        self.bonus = finite(self.bonus, "bonus", "TerminalBonus")
        self.failure = finite(self.failure, "failure", "TerminalBonus")

    def __call__(self, batch: Transitions) -> Array:
        xp = namespace(batch.reward)
        well = batch.column(self.column, by="TerminalBonus") > 0
        pay = xp.where(well, xp.full_like(batch.reward, self.bonus), xp.full_like(batch.reward, self.failure))
        return xp.where(batch.terminated, pay, xp.zeros_like(pay))
