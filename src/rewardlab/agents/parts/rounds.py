"""Rounds: training in which something moves after every so many steps.

    round t: n optimiser steps on the objective;    then every move once

Self-play and iterated methods are an objective, and a reference that becomes the last policy when a round ends.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewardlab.agents.parts.checked import checked
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption


@dataclass
class Rounds:
    """An objective in rounds.

    Attributes:
        objective: `Group -> [P]`.
        steps: optimiser steps of a round, >= 1.
        moves: called in their order when a round ends: `reference.Follower(policy).update`, say.
        taken: optimiser steps so far.

    Raises:
        BadOption: for fewer than one step.
    """

    objective: Callable[[Group], Array]
    steps: int
    moves: Sequence[Callable[[], None]] = field(default=(), repr=False)
    taken: int = 0

    def __post_init__(self) -> None:
        if not (isinstance(self.steps, int) and self.steps >= 1):
            raise BadOption(f"steps={self.steps!r}", where="Rounds", expected="a whole number above 0")

    @property
    def round(self) -> int:
        """How many rounds have ended."""
        return self.taken // self.steps

    def __call__(self, group: Group) -> Array:
        """The loss [P]."""
        return self.objective(checked(group, "Rounds"))

    def update(self, group: Group) -> None:
        """Counts an optimiser step, and moves what moves at the end of a round."""
        self.taken += 1
        if self.taken % self.steps == 0:
            for move in self.moves:
                move()

    def state_dict(self) -> dict[str, Any]:
        """The steps taken."""
        return {"taken": self.taken}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Sets the steps taken.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, ("taken",), where="Rounds")
        self.taken = int(state["taken"])
