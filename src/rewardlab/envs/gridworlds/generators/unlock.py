"""Two rooms with a locked door between them: to open it, to fetch the box behind it, and so with a ball in the way."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import COLOURS, DRAWN, GAVE_UP, colour
from rewardlab.envs.gridworlds.generators.rooms import add_door, add_object, agent_in_room, draw_rooms
from rewardlab.envs.gridworlds.kernel.codes import BALL, BOX, KEY, LOCKED, MISSION, P0, TARGET
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_SIZE = 6


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(is there a box to fetch, missions for each colour of it, is the door blocked): all fixed by MiniGrid's class."""
    return int(kwargs["box"]), kwargs["missions"], int(kwargs["blocked"])


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    draw_rooms(cells, inside, field, rng, scratch, W, H, _SIZE, 2, 1)
    if p[0]:
        rank = bounded(rng, 0, COLOURS)
        field[MISSION] = rank * p[1]
        if add_object(cells, inside, field, rng, W, H, _SIZE, 1, 0, BOX | colour(rank) << 4 | TARGET, 0) < 0:
            return GAVE_UP
    shade = colour(bounded(rng, 0, COLOURS)) << 4
    door = add_door(cells, scratch, 2, 0, 0, 0, LOCKED | shade)
    if p[2]:
        cells[door - H] = BALL | colour(bounded(rng, 0, COLOURS)) << 4
    if add_object(cells, inside, field, rng, W, H, _SIZE, 0, 0, KEY | shade, 0) < 0:
        return GAVE_UP
    if agent_in_room(cells, field, rng, W, H, _SIZE, 0, 0) < 0:
        return GAVE_UP
    if not p[0]:
        field[P0] = door
    return DRAWN
