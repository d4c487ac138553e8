"""Loops over environments: the functions that Python calls, compiled when they are first needed."""

import functools

import numpy as np

from rewardlab.envs.gridworlds.kernel.compiled import Driver, fingerprint
from rewardlab.envs.gridworlds.kernel.step import begin_one, step_one
from rewardlab.envs.gridworlds.kernel.view import look

U = np.uint64


@functools.cache
def step_rows() -> Driver:
    """(start, stop, actions [N], active [N], ...state...) -> how many episodes of the rows start..stop-1 have ended.

    Rows that are not active keep their state, pay 0 and do not end.
    """
    mark = fingerprint()

    def loop(  # type: ignore[no-untyped-def]
        start, stop, actions, active, const, lines, cells, inside, tags, places, field, wide, words, picture,
        reward, ended, cut,
    ):  # fmt: skip
        count = 0 * mark
        for e in range(start, stop):
            if active[e]:
                count += step_one(
                    e, np.int64(actions[e]), const, lines, cells, inside, tags, places, field, wide, words,
                    picture, reward, ended, cut,
                )  # fmt: skip
            else:
                reward[e], ended[e], cut[e] = 0.0, False, False
        return count

    return Driver(loop, "the grid kernel")


@functools.cache
def begin_rows() -> Driver:
    """(rows [k], levels [k], ...state..., ...new levels...): put a level into each of these rows."""
    mark = fingerprint()

    def loop(  # type: ignore[no-untyped-def]
        rows, levels, const, lines, cells, inside, tags, places, field, wide, words, picture,
        new_cells, new_inside, new_tags, new_field, new_wide,
    ):  # fmt: skip
        for i in range(0 * mark, rows.shape[0]):
            begin_one(
                rows[i], levels[i], const, lines, cells, inside, tags, places, field, wide, words, picture,
                new_cells, new_inside, new_tags, new_field, new_wide,
            )  # fmt: skip

    return Driver(loop, "the loading of levels")


@functools.cache
def look_rows() -> Driver:
    """(...state...): draw the pictures of all rows anew, from their cells."""
    mark = fingerprint()

    def loop(const, lines, cells, field, words, picture):  # type: ignore[no-untyped-def]
        for e in range(0 * mark, field.shape[0]):
            look(e, const, field, lines, cells, words, picture)

    return Driver(loop, "the drawing of views")
