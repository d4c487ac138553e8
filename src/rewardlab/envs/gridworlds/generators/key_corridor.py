"""Key corridor: a hall between two columns of rooms; what is asked for lies behind a locked door, the key elsewhere."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import COLOURS, DRAWN, GAVE_UP, colour
from rewardlab.envs.gridworlds.generators.limits import at_most
from rewardlab.envs.gridworlds.generators.rooms import (
    add_door,
    add_object,
    agent_in_room,
    connect_all,
    draw_rooms,
    open_above,
)
from rewardlab.envs.gridworlds.kernel.codes import BALL, BOX, KEY, LOCKED, MISSION, TARGET
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_COLUMNS = 3
_MOST = 9  # rows of rooms


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(size of a room, rows of rooms, kind of what is asked for) from the arguments of MiniGrid's class."""
    kind = {"key": KEY, "ball": BALL, "box": BOX}[kwargs.get("obj_type", "ball")]
    return kwargs.get("room_size", 6), at_most("num_rows", kwargs.get("num_rows", 3), _MOST), kind


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    size, rows = p[0], p[1]
    draw_rooms(cells, inside, field, rng, scratch, W, H, size, _COLUMNS, rows)
    for j in range(1, rows):
        open_above(cells, scratch, H, size, _COLUMNS, 1, j)
    row = bounded(rng, 0, rows)
    shade = colour(bounded(rng, 0, COLOURS)) << 4
    add_door(cells, scratch, _COLUMNS, 2, row, 2, LOCKED | shade)
    rank = bounded(rng, 0, COLOURS)
    field[MISSION] = rank
    if add_object(cells, inside, field, rng, W, H, size, 2, row, p[2] | colour(rank) << 4 | TARGET, 0) < 0:
        return GAVE_UP
    if add_object(cells, inside, field, rng, W, H, size, 0, bounded(rng, 0, rows), KEY | shade, 0) < 0:
        return GAVE_UP
    if agent_in_room(cells, field, rng, W, H, size, 1, rows // 2) < 0:
        return GAVE_UP
    if connect_all(cells, field, rng, scratch, size, _COLUMNS, rows) < 0:
        return GAVE_UP
    return DRAWN
