"""How rewards read answers row by row: parsed actions, rows of info columns, and pays of the batch's own kind."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions


def parsed(batch: Transitions, parse: Callable[[Any], Any] | None) -> list[Any]:
    """What `parse` makes of each action, in the order of the flattened leading axes; the action itself if None."""
    return [a if parse is None else parse(a) for a in _rows(batch.action, batch.shape)]


def told(batch: Transitions, column: str, *, by: str) -> list[Any]:
    """The rows of an info column, in the order of the flattened leading axes."""
    return _rows(batch.column(column, by=by), batch.shape)


def paid(values: Sequence[float], batch: Transitions) -> Array:
    """Pays [*B] of the kind of the batch."""
    pay = np.array(values, dtype=np.float64).reshape(batch.shape)
    return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay


def _rows(values: Array, shape: tuple[int, ...]) -> list[Any]:
    values = array(values)
    return list(values.reshape(-1, *values.shape[len(shape) :]))
