"""Keys and balls in a room; one is to be fetched, and the request has five wordings."""

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
from rewardlab.envs.gridworlds.kernel.codes import KEY, MISSION, P0
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_KINDS, _WORDINGS = 2, 5
_MOST = 256  # objects, one word of scratch each


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(number of objects,) from the arguments of MiniGrid's class."""
    return (at_most("numObjs", kwargs.get("numObjs", 3), _MOST),)


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    for placed in range(p[0]):
        kind = bounded(rng, 0, _KINDS)
        rank = bounded(rng, 0, COLOURS)
        scratch[placed] = rank * _KINDS + kind
        cells[find(cells, field, rng, W, H, 0, 0, W, H, 1, FOREVER)] = KEY + kind | colour(rank) << 4
    place_agent(cells, field, rng, W, H, 0, 0, W, H, FOREVER)
    what = scratch[bounded(rng, 0, p[0])]
    field[P0] = KEY + what % _KINDS | colour(what // _KINDS) << 4
    field[MISSION] = bounded(rng, 0, _WORDINGS) * COLOURS * _KINDS + what
    return DRAWN
