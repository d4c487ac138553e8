"""Column reward.

    R(s, a, s') = info[column]

Pays what the environment tells of a step: an objective, or a cost that a constraint is put on. By the convention of
safety benchmarks costs are told in `info` and kept out of the reward.

Source: Ray, Achiam, Amodei, "Benchmarking Safe Exploration in Deep Reinforcement Learning", 2019, Section 4 (cost as a
separate signal of each step).
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward


@dataclass
class Column(Reward):
    """Pays an info column; flags pay 0 and 1. The part is called as the column is.

    Args:
        column: the info column [B].
    """

    column: str
    knowledge: ClassVar[str] = "what the column means"

    def __call__(self, batch: Transitions) -> Array:
        return namespace(batch.reward).astype(batch.column(self.column, by="Column"), batch.reward.dtype)

    @property
    def name(self) -> str:
        return self.column
