"""Rooms in a row: each opens into the next by a door of another colour; the goal is in the last.

MiniGrid places the rooms by recursion, but a room that was placed is never taken back: what looks like a search is a
walk that ends where eight tries to go on have failed. Walks are drawn until one has rooms enough.
"""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import (
    COLOURS,
    DRAWN,
    FOREVER,
    begin,
    colour,
    find,
    place_agent,
    walls_around,
)
from rewardlab.envs.gridworlds.generators.limits import at_most
from rewardlab.envs.gridworlds.kernel.codes import CLOSED, GOAL, GREEN
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_SMALLEST = 4
_TRIES = 8  # to go on from a room
_ROOM = 6  # words of scratch: left, top, width, height, x and y of the door that leads in
_MOST = 42  # rooms that scratch holds


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(least and greatest number of rooms, greatest size of one) from the arguments of MiniGrid's class."""
    return kwargs["minNumRooms"], at_most("maxNumRooms", kwargs["maxNumRooms"], _MOST), kwargs.get("maxRoomSize", 10)


@scalar
def _add_room(rng, scratch, W, H, count, largest, wall, x, y):
    """Room number `count`, entered at (x, y) through its wall 0 right, 1 below, 2 left, 3 above: does it fit in?"""
    width = bounded(rng, _SMALLEST, largest + 1)
    height = bounded(rng, _SMALLEST, largest + 1)
    left, top = x, y
    if count > 0:
        if wall % 2 == 0:
            left = x - width + 1 if wall == 0 else x
            top = bounded(rng, y - height + 2, y)
        else:
            left = bounded(rng, x - width + 2, x)
            top = y - height + 1 if wall == 1 else y
    if left < 0 or top < 0 or left + width > W or top + height >= H:
        return False
    for room in range(count - 1):  # its neighbour shares a wall with it
        k = room * _ROOM
        apart = left + width < scratch[k] or scratch[k] + scratch[k + 2] <= left
        if not (apart or top + height < scratch[k + 1] or scratch[k + 1] + scratch[k + 3] <= top):
            return False
    k = count * _ROOM
    scratch[k], scratch[k + 1], scratch[k + 2], scratch[k + 3] = left, top, width, height
    scratch[k + 4], scratch[k + 5] = x, y
    return True


@scalar
def _walk(rng, scratch, W, H, number, largest):
    """Up to `number` rooms, each entered from the one before; how many it became."""
    x = bounded(rng, 0, W - 2)
    y = bounded(rng, 0, W - 2)
    entered = 2
    if not _add_room(rng, scratch, W, H, 0, largest, entered, x, y):
        return 0
    count, tried = 1, 0
    while count < number and tried < _TRIES:
        tried += 1
        k = (count - 1) * _ROOM
        left, top, width, height = scratch[k], scratch[k + 1], scratch[k + 2], scratch[k + 3]
        leave = bounded(rng, 0, 3)
        leave += leave >= entered  # any wall but the one it was entered by
        if leave % 2 == 0:
            x = left + width - 1 if leave == 0 else left
            y = top + bounded(rng, 1, height - 1)
        else:
            x = left + bounded(rng, 1, width - 1)
            y = top + height - 1 if leave == 1 else top
        if _add_room(rng, scratch, W, H, count, largest, (leave + 2) % 4, x, y):
            entered = (leave + 2) % 4
            count += 1
            tried = 0
    return count


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    number = bounded(rng, p[0], p[1] + 1)
    while _walk(rng, scratch, W, H, number, p[2]) < number:
        pass
    begin(cells, inside, field, W, H)
    before = COLOURS
    for room in range(number):
        k = room * _ROOM
        walls_around(cells, H, scratch[k], scratch[k + 1], scratch[k + 2], scratch[k + 3])
        if room > 0:
            rank = bounded(rng, 0, COLOURS if before == COLOURS else COLOURS - 1)
            rank += rank >= before
            cells[scratch[k + 4] * H + scratch[k + 5]] = CLOSED | colour(rank) << 4
            before = rank
    place_agent(cells, field, rng, W, H, scratch[0], scratch[1], scratch[2], scratch[3], FOREVER)
    k = (number - 1) * _ROOM
    at = find(cells, field, rng, W, H, scratch[k], scratch[k + 1], scratch[k + 2], scratch[k + 3], 1, FOREVER)
    cells[at] = GOAL | GREEN << 4
    return DRAWN
