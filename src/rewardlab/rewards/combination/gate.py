"""Gate.

    R' = 1(low ≤ column ≤ high) R

Pays a reward only where an info column says that it counts: a bonus for style while the robot stands, a bonus for speed
while nobody is near. A gate that is always open changes nothing, and each part of the reward keeps its name.

Source: Toro Icarte, Klassen, Valenzano, McIlraith, "Reward Machines: Exploiting Reward Function Structure in
Reinforcement Learning", JAIR 2022, Section 3 (rewards that depend on what holds); Sun, Li, Chen, Qin, Hu, "Stabilizing
Long-term Multi-turn Reinforcement Learning with Gated Rewards", arXiv 2508.10548, 2025 (gates by threshold).
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, add
from rewardlab.rewards.combination.several import Several, bounds, numbers, within


@dataclass
class Gate(Several):
    """Pays a reward where an info column lies between two thresholds, and 0 elsewhere.

    Args:
        reward: what is paid.
        column: the info column [B], flags or numbers; NaN in it is paid as NaN.
        at_least: the lowest value that opens the gate; the default fits flags, -infinity leaves only `at_most`.
        at_most: the highest one.

    Raises:
        BadOption: if no value or every value opens it.
        MissingColumn: when called, for a column that the environment does not give.
    """

    reward: Reward
    column: str
    at_least: float = 1.0
    at_most: float = math.inf
    knowledge: ClassVar[str] = "where the reward counts"

    def __post_init__(self) -> None:
        self.at_least, self.at_most = bounds(self.at_least, self.at_most, where="Gate")

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return {k: pay * self._open(batch, pay) for k, pay in self.reward.parts(batch).items()}

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        return {k: pay * self._open(batch, pay) for k, pay in self.reward.recorded(batch).items()}

    def _open(self, batch: Transitions, pay: Array) -> Array:
        return within(numbers(batch, self.column, pay, by="Gate"), self.at_least, self.at_most)
