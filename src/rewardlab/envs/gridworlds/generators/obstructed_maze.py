"""Obstructed mazes: doors locked, keys in boxes, balls before the doors, and a blue ball in some corner."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import COLOURS, DRAWN, GAVE_UP, colour
from rewardlab.envs.gridworlds.generators.rooms import FREE, add_door, add_object, agent_in_room, draw_rooms
from rewardlab.envs.gridworlds.kernel.codes import BALL, BLUE, BOX, CLOSED, GREEN, GREY, KEY, LOCKED, TARGET
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_SIZE = 6
_ASKED_FOR = BALL | BLUE << 4 | TARGET


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(quarters, is the key in a box, is the door blocked, agent's room i, j, do the keys come last).

    From the arguments of MiniGrid's class; 0 quarters: two rooms and one door.
    """
    i, j = kwargs.get("agent_room", (1, 1))
    boxed, blocked = kwargs.get("key_in_box", True), kwargs.get("blocked", True)
    return kwargs.get("num_quarters", 4), int(boxed), int(blocked), i, j, int(kwargs["keys_last"])


@scalar
def _lock(cells, inside, scratch, H, columns, i, j, side, rank, blocked):
    """A locked door in a wall of room (i, j), of a colour drawn before, and the ball in front of it."""
    at = add_door(cells, scratch, columns, i, j, side, LOCKED | scratch[FREE + rank] << 4)
    if blocked:
        front = at + (-H if side == 0 else -1 if side == 1 else H if side == 2 else 1)
        cells[front] = BALL | GREEN << 4
        inside[front] = 0  # it crushes a box that stood there


@scalar
def _add_key(cells, inside, field, rng, scratch, W, H, i, j, rank, boxed):
    key = KEY | scratch[FREE + rank] << 4
    code = BOX | GREY << 4 if boxed else key
    return add_object(cells, inside, field, rng, W, H, _SIZE, i, j, code, key if boxed else 0)


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    quarters, boxed, blocked, last = p[0], p[1], p[2], p[5]
    columns = 3 if quarters else 2
    draw_rooms(cells, inside, field, rng, scratch, W, H, _SIZE, columns, 3 if quarters else 1)
    for k in range(COLOURS):
        scratch[FREE + COLOURS + k] = colour(k)
    for k in range(COLOURS):  # all colours in random order
        drawn = bounded(rng, 0, COLOURS - k)
        scratch[FREE + k] = scratch[FREE + COLOURS + drawn]
        for rest in range(drawn, COLOURS - 1 - k):
            scratch[FREE + COLOURS + rest] = scratch[FREE + COLOURS + rest + 1]
    if quarters == 0:
        _lock(cells, inside, scratch, H, columns, 0, 0, 0, 0, blocked)
        if _add_key(cells, inside, field, rng, scratch, W, H, 0, 0, 0, boxed) < 0:
            return GAVE_UP
        if add_object(cells, inside, field, rng, W, H, _SIZE, 1, 0, _ASKED_FOR, 0) < 0:
            return GAVE_UP
        return GAVE_UP if agent_in_room(cells, field, rng, W, H, _SIZE, 0, 0) < 0 else DRAWN
    for k in range(quarters):  # the side rooms: right, below, left, above
        i = 2 if k == 0 else 0 if k == 2 else 1
        j = 2 if k == 1 else 0 if k == 3 else 1
        add_door(cells, scratch, columns, 1, 1, k, CLOSED | scratch[FREE + k] << 4)
        for turn in range(-1, 2, 2):
            rank = (k + turn + COLOURS) % COLOURS
            _lock(cells, inside, scratch, H, columns, i, j, (k + turn + 4) % 4, rank, blocked)
            if not last and _add_key(cells, inside, field, rng, scratch, W, H, i, j, rank, boxed) < 0:
                return GAVE_UP
        for turn in range(-1, 2, 2):
            rank = (k + turn + COLOURS) % COLOURS
            if last and _add_key(cells, inside, field, rng, scratch, W, H, i, j, rank, boxed) < 0:
                return GAVE_UP
    corner = bounded(rng, 0, quarters)  # upper right, lower right, lower left, upper left
    i, j = 2 if corner < 2 else 0, 2 if corner == 1 or corner == 2 else 0
    if add_object(cells, inside, field, rng, W, H, _SIZE, i, j, _ASKED_FOR, 0) < 0:
        return GAVE_UP
    return GAVE_UP if agent_in_room(cells, field, rng, W, H, _SIZE, p[3], p[4]) < 0 else DRAWN
