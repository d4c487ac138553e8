"""Episode memory: a few numbers per row that a reward keeps while an episode runs, and forgets at its border."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint


class EpisodeMemory:
    """Numbers [*shape, N] of the running episodes of N rows.

    Args:
        start: what every episode begins with.
        shape: how many numbers each row has.
        where: whose memory it is, for messages.
    """

    def __init__(self, start: float = 0.0, shape: tuple[int, ...] = (), *, where: str = "") -> None:
        self.start, self.shape, self.where = start, shape, where
        self._value: Array | None = None

    def reset(self, begun: Array) -> None:
        """Back to the start in the rows of `begun` [N] bool; another N than before begins in all rows."""
        xp = namespace(begun)
        value = self._value
        if value is None or value.shape[-1] != len(begun):
            self._value = xp.full((*self.shape, len(begun)), self.start, dtype=xp.float64, **_place(begun))
        else:
            value = _as(value, begun)
            self._value = xp.where(begun, xp.full_like(value, self.start), value)

    def read(self, pay: Array) -> Array:
        """The numbers [*shape, N], of the kind of `pay` [N].

        Raises:
            BadBatch: if `pay` is no single step of the rows that were reset.
        """
        if pay.ndim != 1:
            raise BadBatch(
                f"a batch with leading axes {tuple(pay.shape)}",
                where=self.where,
                expected="one step of N rows: the pay depends on earlier steps",
                mend="pay recorded steps [T, N] with recorded(batch) or relabel",
            )
        if self._value is None:
            self.reset(namespace(pay).ones_like(pay, dtype=namespace(pay).bool))
        value: Array = self._value
        if value.shape[-1] != len(pay):
            raise BadBatch(
                f"{len(pay)} rows",
                where=self.where,
                expected=f"{value.shape[-1]} rows, as many as were reset",
                mend="call reset(begun) with one flag per row when the number of rows changes",
            )
        return _as(value, pay)

    def write(self, value: Array) -> None:
        """Keep the numbers [*shape, N] for the next step."""
        self._value = value

    def state_dict(self) -> dict[str, Any]:
        """The numbers, {} before the first step."""
        return {} if self._value is None else {"value": np.array(array(self._value))}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of such a memory.
        """
        if state:
            check_keys(state, ("value",), where=self.where)
        value = state.get("value")
        if value is not None and np.shape(value)[:-1] != self.shape:
            raise BadCheckpoint(
                f"memory of shape {np.shape(value)}", where=self.where, expected=f"{self.shape} and rows"
            )
        self._value = None if value is None else np.array(value)


def _as(value: Array, like: Array) -> Array:
    """`value` as an array of the kind and device of `like`, and in its type if that is a torch float."""
    if is_torch(like):
        return tensor(value, device=like.device, dtype=like.dtype if like.is_floating_point() else None)
    return array(value)


def _place(like: Array) -> dict[str, Any]:
    return {"device": like.device} if is_torch(like) else {}
