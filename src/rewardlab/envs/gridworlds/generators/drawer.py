"""Draws the levels of one task natively, into arrays."""

import functools
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.generators.table import native
from rewardlab.envs.gridworlds.kernel.codes import FIELDS, LEVEL_SEED, RANDOM
from rewardlab.envs.gridworlds.kernel.compiled import Driver, fingerprint
from rewardlab.envs.gridworlds.kernel.pcg import seed

U = np.uint64
_SCRATCH, _PARAMETERS = 256, 8


generate: Any = None  # stands for the generator of a family, see `_loop`


@functools.cache
def _loop(class_name: str) -> Driver:
    """(seeds [k], cells, inside, field, wide, scratch, W, H, p) -> the number of rows that were drawn."""
    mark = fingerprint(Path(__file__).parent)

    def loop(seeds, cells, inside, field, wide, scratch, W, H, p):  # type: ignore[no-untyped-def]
        for row in range(0 * mark, seeds.shape[0]):
            random = wide[row, RANDOM:]
            seed(random, U(seeds[row]))
            if generate(cells[row], inside[row], field[row], random, scratch, W, H, p) != 0:
                return row
            wide[row, LEVEL_SEED] = seeds[row]
            if field.shape[1] == FIELDS:  # the task draws nothing while it steps
                random[:] = 0
        return seeds.shape[0]

    # The same code with globals and a name of its own: Numba's cache then keeps one file for each family, and its key
    # stays the same from process to process, as that of a generator handed in as an argument would not.
    found = native(class_name)
    assert found is not None
    own = types.FunctionType(loop.__code__, {**globals(), "generate": found.generate}, closure=loop.__closure__)
    own.__qualname__ = f"draw_{found.family}"
    return Driver(own, f"the levels of {found.family}")


class Drawer:
    """The native levels of one task.

    Args:
        class_name: MiniGrid's class, one that `table.native` knows.
        kwargs: MiniGrid's keyword arguments of the task.
        width, height: cells of its grid.

    Raises:
        BadOption: for a class without a native generator.
    """

    def __init__(self, class_name: str, kwargs: Mapping[str, Any], width: int, height: int) -> None:
        found = native(class_name)
        if found is None:
            raise BadOption(
                f"class {class_name!r}",
                where="Drawer",
                expected="a class of MiniGrid's that has a native generator",
                mend='levels="pool"',
            )
        self._name, self._size = class_name, (int(width), int(height))
        self._parameters = np.zeros(_PARAMETERS, dtype=np.int64)
        given = found.parameters(kwargs)
        self._parameters[: len(given)] = given

    def __call__(
        self, seeds: np.ndarray, cells: np.ndarray, inside: np.ndarray, field: np.ndarray, wide: np.ndarray
    ) -> None:
        """Draw the level of each seed in place.

        Args:
            seeds: [k] uint64.
            cells, inside: [k, width * height] uint8, written.
            field: [k, FIELDS + obstacles] int32; place, heading, mission, parameters of the rule, and the cells of the
                obstacles are written.
            wide: [k, WIDE] uint64, written: the seed, and the generator's state for tasks with obstacles, else 0.

        Raises:
            BadOption: for a seed with which MiniGrid's own reset fails; the rows before it are written.
        """
        scratch = np.zeros(_SCRATCH, dtype=np.int64)
        done = _loop(self._name).run(seeds, cells, inside, field, wide, scratch, *self._size, self._parameters)
        if done < len(seeds):
            raise BadOption(
                f"seed {int(seeds[done])} of {self._name}",
                where="Drawer",
                expected="a seed for which MiniGrid finds a level: its search for a free cell gives up with this one",
            )
