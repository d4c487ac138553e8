"""A potential that is a table of numbers, one for each state."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array, Tree, is_torch, tensor
from rewardlab.core.errors import BadBatch, BadOption


@dataclass(frozen=True)
class Table:
    """A potential [B] of states 0 .. S − 1: a look-up.

    Args:
        values: Φ of each state, S >= 1 finite numbers.
        index: observations [B, *obs] -> the number of their state, [B] integers; None where observations are numbers of
            states (Discrete).

    Raises:
        BadOption: for no values, or ones that are not finite.
        BadBatch: when called, for a state that is not in the table, or anything but integers.
    """

    values: tuple[float, ...]
    index: Callable[[Tree], Array] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(map(float, self.values)))
        array = np.array(self.values)
        if not array.size or not np.isfinite(array).all():
            raise BadOption(
                f"{array.size} values" + (", not all finite" if array.size else ""),
                where="Table",
                expected="a finite number for each state",
            )
        object.__setattr__(self, "_array", array)

    def __call__(self, obs: Tree) -> Array:
        state = obs if self.index is None else self.index(obs)
        if "int" not in str(getattr(state, "dtype", "")):
            raise self._bad(f"states of {getattr(state, 'dtype', type(state).__name__)}")
        array: np.ndarray = self._array  # type: ignore[attr-defined]
        outside = (state < 0) | (state >= len(array))
        if bool(outside.any()):
            raise self._bad(f"state {int(state[outside][0])}")
        return tensor(array, device=state.device)[state.long()] if is_torch(state) else array[state]

    def _bad(self, what: str) -> BadBatch:
        return BadBatch(
            what,
            where="Table",
            expected=f"integers in 0..{len(self.values) - 1}",
            mend="give index=, which numbers the states of observations",
        )
