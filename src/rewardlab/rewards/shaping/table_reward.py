"""Reward table.

    R(s, a) = table[s, a],    or    R(s, a, s') = table[s, a, s']

A reward that was designed, computed or written down for numbered states and actions, so that agents can be paid by it.
It assumes that both are known as numbers.

Source: Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 3.2, Equations 3.5 and 3.6.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Reward


@dataclass
class TableReward(Reward):
    """Pays what stands in a table.

    Args:
        table: finite numbers, [S, A] or [S, A, S].
        index: observations [B, *obs] -> the number of their state, [B] integers; None where observations are numbers of
            states (Discrete).

    Raises:
        BadOption: for a table of another form, or one with NaN or infinity.
        BadBatch: when called, for a state or action outside the table, or anything but integers.
    """

    table: Any  # [S, A] or [S, A, S]
    index: Callable[[Tree], Array] | None = None
    knowledge: ClassVar[str] = "what each action is worth"

    def __post_init__(self) -> None:
        self._table = np.array(self.table, dtype=np.float64)
        shape = self._table.shape
        if len(shape) not in (2, 3) or not self._table.size or (len(shape) == 3 and shape[0] != shape[2]):
            raise BadOption(f"a table of shape {shape}", where="TableReward", expected="[S, A] or [S, A, S]")
        if not np.isfinite(self._table).all():
            raise BadOption("a table with NaN or infinity", where="TableReward", expected="finite numbers")

    def __call__(self, batch: Transitions) -> Array:
        states, actions = self._table.shape[:2]
        at = [self._numbers(self._state(batch.obs), states, "state"), self._numbers(batch.action, actions, "action")]
        if self._table.ndim == 3:
            at.append(self._numbers(self._state(batch.next_obs), states, "state"))
        paid = self._table[tuple(at)]
        return tensor(paid, like=batch.reward) if is_torch(batch.reward) else paid

    def _state(self, obs: Tree) -> Array:
        return obs if self.index is None else self.index(obs)

    def _numbers(self, x: Array, count: int, what: str) -> np.ndarray:
        found = array(x)
        wrong = f"{what}s of {found.dtype}" if found.dtype.kind not in "iu" else ""
        outside = (found < 0) | (found >= count) if not wrong else np.zeros(1, dtype=bool)
        if outside.any():
            wrong = f"{what} {found[outside][0]}"
        if wrong:
            raise BadBatch(
                wrong,
                where="TableReward",
                expected=f"integers in 0..{count - 1}",
                mend="give index=",
            )
        return found

    def state_dict(self) -> dict[str, Any]:
        return {"table": self._table.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("table",), where=self.name)
        table = np.array(state["table"], dtype=np.float64)
        if table.shape != self._table.shape:
            raise BadCheckpoint(f"a table of shape {table.shape}", where=self.name, expected=f"{self._table.shape}")
        self._table = table
