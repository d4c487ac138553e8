"""Direction gate.

    R' = 1(cos(goal, f) ≥ c) R,    cos(goal, f) = goal · f / (‖goal‖ ‖f‖)

Pays a reward only where the vector of objectives points the way of the goal, however long it is: the focus region of
goal-conditioned generation, which asks for a trade-off and not for values that may be out of reach. Objectives should
not be negative. Where all of them are 0 there is no direction, and nothing is paid.

Source: Roy, "Effective Reward Specification in Deep Reinforcement Learning", PhD thesis, Polytechnique Montréal 2024;
Roy, Bacon, Pal, Bengio, "Goal-Conditioned GFlowNets for Controllable Multi-Objective Molecular Design", 2023, Section 3
(focus regions).
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward, add
from rewardlab.rewards.combination.several import Several
from rewardlab.rewards.combination.vectors import checked_numbers, dot, objectives


@dataclass
class DirectionGate(Several):
    """Pays a reward where the angle between the objectives and the goal is small enough, and 0 elsewhere.

    Args:
        reward: what is paid.
        goal: the direction, [m], not all 0; its length does not matter.
        at_least: c in [-1, 1], the smallest cosine that opens the gate.
        column: the info column [B, m]; NaN in it is paid as NaN.

    Raises:
        BadOption: for a goal of zeros, or an `at_least` outside [-1, 1].
    """

    reward: Reward
    goal: tuple[float, ...]
    at_least: float = 0.98
    column: str = "reward_vector"
    knowledge: ClassVar[str] = "the trade-off that is wanted"

    def __post_init__(self) -> None:
        self.goal = checked_numbers(self.goal, least=1, where="DirectionGate", name="goal")
        if not any(self.goal) or not -1 <= self.at_least <= 1:
            raise BadOption(
                f"goal={self.goal!r}, at_least={self.at_least!r}",
                where="DirectionGate",
                expected="a goal that is not all 0, and a cosine in [-1, 1]",
            )

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        gate = self._gate(batch)
        return {k: gate * v for k, v in self.reward.parts(batch).items()}

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        gate = self._gate(batch)
        return {k: gate * v for k, v in self.reward.recorded(batch).items()}

    def _gate(self, batch: Transitions) -> Array:
        """1, 0 or NaN, [B]."""
        values = objectives(batch, self.column, len(self.goal), by="DirectionGate")
        xp = namespace(*values)
        length = xp.sqrt(dot(values, values))
        along = dot([g / math.hypot(*self.goal) for g in self.goal], values)
        inside = (along >= self.at_least * length) & (length > 0)
        return xp.where(xp.isnan(length), length, xp.astype(inside, length.dtype))
