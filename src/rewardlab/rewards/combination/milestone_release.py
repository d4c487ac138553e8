"""Milestone release.

    R'_t = m_t R_t,    m_t = max_{τ ≤ t} 1(low ≤ column_τ ≤ high)

A reward begins to count at the step at which the episode reaches a milestone, and counts until its end: precision after
the grasp, speed after the first gate. Before it, nothing draws the agent away from the milestone itself.

Source: Toro Icarte, Klassen, Valenzano, McIlraith, "Reward Machines: Exploiting Reward Function Structure in
Reinforcement Learning", JAIR 2022, Section 3 (a machine of two states); Sun, Li, Chen, Qin, Hu, "Stabilizing Long-term
Multi-turn Reinforcement Learning with Gated Rewards", arXiv 2508.10548, 2025 (gates by threshold).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward, add
from rewardlab.rewards.combination.several import Several, bounds, numbers, within


@dataclass
class MilestoneRelease(Several):
    """Pays a reward from the step on at which an info column reaches its milestone, and 0 before.

    Args:
        reward: what is paid.
        column: the info column [N], flags or numbers; NaN in it is paid as NaN to the end of the episode.
        at_least: the lowest value that releases; the default fits flags, -infinity leaves only `at_most`.
        at_most: the highest one.

    Raises:
        BadOption: if no value or every value releases.
        MissingColumn: when called, for a column that the environment does not give.
    """

    reward: Reward
    column: str
    at_least: float = 1.0
    at_most: float = math.inf
    memory: ClassVar[bool] = True  # type: ignore[misc]
    knowledge: ClassVar[str] = "a milestone"

    def __post_init__(self) -> None:
        self.at_least, self.at_most = bounds(self.at_least, self.at_most, where="MilestoneRelease")
        self._released = EpisodeMemory(where="MilestoneRelease")  # m [N]

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        before = self._released.read(batch.reward)
        reached = within(numbers(batch, self.column, before, by="MilestoneRelease"), self.at_least, self.at_most)
        xp = namespace(before)
        released = xp.maximum(before, reached)  # NaN stays NaN
        self._released.write(released)
        return {k: pay * xp.astype(released, pay.dtype) for k, pay in self.reward.parts(batch).items()}

    def reset(self, begun: Array) -> None:
        super().reset(begun)
        self._released.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return {"reward": super().state_dict(), "released": self._released.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("reward", "released"), where="MilestoneRelease")
        super().load_state_dict(state["reward"])
        self._released.load_state_dict(state["released"])
