"""The info columns that every task on the grid kernel can give, filled for all rows in one compiled loop."""

import functools
from typing import Any

import numpy as np

from rewardlab.envs.gridworlds.codes import (
    C_HEIGHT,
    CARRIED,
    DOOR_AT,
    GOAL_AT,
    KEY,
    KEY_AT,
    OPEN,
    OPENED,
    TOOK,
    WON,
    X,
    Y,
)  # fmt: skip
from rewardlab.envs.gridworlds.compiled import Driver, fingerprint, scalar
from rewardlab.envs.gridworlds.view import cell_at

PLACES = ("agent_pos", "goal_pos", "key_pos", "door_pos")
NAMES = ("mission", "level_seed", *PLACES, "carrying_key", "door_open", "progress")
COMPILED = frozenset({*PLACES, "carrying_key", "door_open", "progress"})


def fill(const: np.ndarray, cells: np.ndarray, field: np.ndarray) -> dict[str, Any]:
    """The columns of all rows, each in an array of its own.

    Args:
        const: [CONSTANTS] int64.
        cells: the grids as bytes, see `view`.
        field: [n, FIELDS] int32.

    Returns:
        `PLACES`: [n, 2] int64 x, y, or -1, -1. carrying_key, door_open: [n] bool. progress: [n] float64, 0..1.
    """
    n = len(field)
    places = np.empty((4, n, 2), dtype=np.int64)
    flags, progress = np.empty((2, n), dtype=bool), np.empty(n)
    rows().run(const, cells, field, places, flags, progress)
    named: dict[str, Any] = dict(zip(PLACES, places, strict=True))
    return {**named, "carrying_key": flags[0], "door_open": flags[1], "progress": progress}


class Row:
    """The columns of a single row, through arrays that are made once."""

    def __init__(self) -> None:
        self._block = np.empty(8, dtype=np.int64)
        self._places = self._block.reshape(4, 1, 2)
        self._flags, self._progress = np.empty((2, 1), dtype=bool), np.empty(1)

    def __call__(self, const: np.ndarray, cells: np.ndarray, field: np.ndarray) -> dict[str, Any]:
        rows().run(const, cells, field, self._places, self._flags, self._progress)
        place = self._block.copy()
        ((carrying,), (is_open,)) = self._flags.tolist()
        return {
            "agent_pos": place[0:2],
            "goal_pos": place[2:4],
            "key_pos": place[4:6],
            "door_pos": place[6:8],
            "carrying_key": carrying,
            "door_open": is_open,
            "progress": self._progress[0],
        }


@scalar
def _place(at, height, places, which, e):  # type: ignore[no-untyped-def]
    if at < 0:
        places[which, e, 0] = places[which, e, 1] = -1
    else:
        x = np.uint32(at) // np.uint32(height)  # 32 bits without a sign divide in a third of the time
        places[which, e, 0], places[which, e, 1] = x, np.uint32(at) - x * np.uint32(height)


@scalar
def _tell(e, const, cells, field, places, flags, progress):  # type: ignore[no-untyped-def]
    height = const[C_HEIGHT]
    key, door = np.int64(field[e, KEY_AT]), np.int64(field[e, DOOR_AT])
    places[0, e, 0], places[0, e, 1] = field[e, X], field[e, Y]
    _place(np.int64(field[e, GOAL_AT]), height, places, 1, e)
    _place(key, height, places, 2, e)
    _place(door, height, places, 3, e)
    took = np.int64(field[e, TOOK])
    flags[0, e] = field[e, CARRIED] & 15 == KEY
    open_now = False
    if door >= 0:
        open_now = cells[cell_at(e, places[3, e, 0], places[3, e, 1], const)] & 15 == OPEN
    flags[1, e] = open_now
    milestones = 1 + (1 if key >= 0 or took else 0) + (1 if door >= 0 else 0)
    progress[e] = (took + field[e, OPENED] + field[e, WON]) / milestones


@functools.cache
def rows() -> Driver:
    """(const, cells, field, places [4, n, 2], flags [2, n], progress [n]): write the columns of all rows."""
    mark = fingerprint()

    def loop(const, cells, field, places, flags, progress):  # type: ignore[no-untyped-def]
        for e in range(0 * mark, field.shape[0]):
            _tell(e, const, cells, field, places, flags, progress)

    return Driver(loop, "the info columns")
