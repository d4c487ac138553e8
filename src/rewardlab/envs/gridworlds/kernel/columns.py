"""The info columns that every task on the grid kernel can give, filled for all rows in one compiled loop."""

import functools
from typing import Any

import numpy as np

from rewardlab.envs.gridworlds.kernel.buffers import Buffers
from rewardlab.envs.gridworlds.kernel.codes import (
    C_HEIGHT,
    CARRIED,
    DOOR_AT,
    DOOR_OPEN,
    GOAL_AT,
    KEY,
    KEY_AT,
    OPENED,
    TOOK,
    WON,
    X,
    Y,
)  # fmt: skip
from rewardlab.envs.gridworlds.kernel.compiled import Driver, fingerprint, scalar

PLACES = ("agent_pos", "goal_pos", "key_pos", "door_pos")
NAMES = ("mission", "level_seed", *PLACES, "carrying_key", "door_open", "progress")
Columns = dict[str, Any]
COMPILED = frozenset({*PLACES, "carrying_key", "door_open", "progress"})


def fill(const: np.ndarray, field: np.ndarray, places: np.ndarray, flags: np.ndarray, progress: np.ndarray) -> Columns:
    """The columns of k rows, written into the arrays given.

    Args:
        const: [CONSTANTS] int64.
        field: [k, FIELDS] int32, theirs.
        places, flags, progress: [4, k, 2] int64, [2, k] bool, [k] float64.

    Returns:
        `PLACES`: [k, 2] int64 x, y, or -1, -1. carrying_key, door_open: [k] bool. progress: [k] float64, 0..1.
    """
    rows().run(const, field, places, flags, progress)
    agent, goal, key, door = PLACES
    return {
        agent: places[0], goal: places[1], key: places[2], door: places[3],
        "carrying_key": flags[0], "door_open": flags[1], "progress": progress,
    }  # fmt: skip


class Fill:
    """The columns of all n rows of a batch, in arrays that nobody else holds."""

    def __init__(self, n: int) -> None:
        self._places = Buffers((4, n, 2), np.int64)
        self._n = n

    def __call__(self, const: np.ndarray, field: np.ndarray) -> Columns:
        """See `fill`."""
        return fill(const, field, self._places(), np.empty((2, self._n), dtype=np.bool_), np.empty(self._n))


class Few:
    """A few rows that are told of alone.

    Args:
        const: [CONSTANTS] int64.
        field: [k, FIELDS] int32, theirs.
    """

    def __init__(self, const: np.ndarray, field: np.ndarray) -> None:
        self._const, self._field = const, field

    def columns(self) -> Columns:
        """The columns of these rows, see `fill`."""
        k = len(self._field)
        return fill(
            self._const,
            self._field,
            np.empty((4, k, 2), dtype=np.int64),
            np.empty((2, k), dtype=np.bool_),
            np.empty(k),
        )


class Row:
    """The columns of a single row, from its field as Python integers: a call of the compiled loop would cost more.

    Args:
        width, height: of the level.
    """

    def __init__(self, width: int, height: int) -> None:
        places = [(x, y) for x in range(width) for y in range(height)]
        self._places = [np.array(place) for place in [*places, (-1, -1)]]  # number -1 is the last: nowhere
        self._height = height
        self._shares = [[np.float64(done / all_) for done in range(all_ + 1)] for all_ in (1, 2, 3)]

    def __call__(self, field: list[int], text: str, seed: np.uint64) -> dict[str, Any]:
        """All columns, places [2] int64; the mission and the level's seed are given."""
        places, key, door, took = self._places, field[KEY_AT], field[DOOR_AT], field[TOOK]
        milestones = (key >= 0 or took > 0) + (door >= 0)
        return {
            "mission": text,
            "level_seed": seed,
            "agent_pos": places[field[X] * self._height + field[Y]].copy(),
            "goal_pos": places[field[GOAL_AT]].copy(),
            "key_pos": places[key].copy(),
            "door_pos": places[door].copy(),
            "carrying_key": field[CARRIED] & 15 == KEY,
            "door_open": field[DOOR_OPEN] > 0,
            "progress": self._shares[milestones][took + field[OPENED] + field[WON]],
        }


@scalar
def _place(at, height, places, which, e):  # type: ignore[no-untyped-def]
    if at < 0:
        places[which, e, 0] = places[which, e, 1] = -1
    else:
        x = np.uint32(at) // np.uint32(height)  # 32 bits without a sign divide in a third of the time
        places[which, e, 0], places[which, e, 1] = x, np.uint32(at) - x * np.uint32(height)


@scalar
def tell_one(e, const, field, places, flags, progress):  # type: ignore[no-untyped-def]
    """Write the columns of environment e."""
    height = const[C_HEIGHT]
    key, door = np.int64(field[e, KEY_AT]), np.int64(field[e, DOOR_AT])
    places[0, e, 0], places[0, e, 1] = field[e, X], field[e, Y]
    _place(np.int64(field[e, GOAL_AT]), height, places, 1, e)
    _place(key, height, places, 2, e)
    _place(door, height, places, 3, e)
    took = np.int64(field[e, TOOK])
    flags[0, e] = field[e, CARRIED] & 15 == KEY
    flags[1, e] = field[e, DOOR_OPEN]
    milestones = 1 + (1 if key >= 0 or took else 0) + (1 if door >= 0 else 0)
    progress[e] = (took + field[e, OPENED] + field[e, WON]) / milestones


@functools.cache
def rows() -> Driver:
    """(const, field, places [4, n, 2], flags [2, n], progress [n]): write the columns of all rows."""
    mark = fingerprint()

    def loop(const, field, places, flags, progress):  # type: ignore[no-untyped-def]
        for e in range(0 * mark, field.shape[0]):
            tell_one(e, const, field, places, flags, progress)

    return Driver(loop, "the info columns")
