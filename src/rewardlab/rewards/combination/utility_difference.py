"""Difference of utilities.

    r_t = u_t − u_{t−1},    u_0 = start

Pays what a step changed of a utility, where paying the utility itself would reward staying in a good place. The sum
over an episode telescopes to u_T − start. It is shaping by a potential without a discount and without the terminal
correction, so it may change which policies are best: an end in a good place is worth more than one in a bad place.

Source: Moschopoulos, Kyriakidis, Lazaridis, Vlahavas, "Lucy-SKG: Learning to Play Rocket League Efficiently Using Deep
Reinforcement Learning", arXiv 2305.15801, 2023 (utilities, paid as differences).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardlab.core.algebra import finite
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.several import Several


@dataclass
class UtilityDifference(Several):
    """Pays by how much a utility rose since the step before, as one part.

    Args:
        utility: a reward that says how good the state is that a step reached; a weighted sum for several utilities.
        start: the utility of every episode's first state, a constant: steps carry no info columns of the reset.

    Raises:
        BadOption: for a start that is not a finite number.
    """

    utility: Reward
    start: float = 0.0
    memory: ClassVar[bool] = True  # type: ignore[misc]
    knowledge: ClassVar[str] = "how good a state is"

    def __post_init__(self) -> None:
        self.start = finite(self.start, "start", "UtilityDifference")
        self._before = EpisodeMemory(self.start, where="UtilityDifference")  # u [N]

    def __call__(self, batch: Transitions) -> Array:
        before = self._before.read(batch.reward)
        now = namespace(before).astype(self.utility(batch), before.dtype)
        self._before.write(now)
        return now - before

    def reset(self, begun: Array) -> None:
        super().reset(begun)
        self._before.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return {"utility": super().state_dict(), "before": self._before.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("utility", "before"), where="UtilityDifference")
        super().load_state_dict(state["utility"])
        self._before.load_state_dict(state["before"])
