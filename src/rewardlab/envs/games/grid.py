"""Maps for players on grids: who walks against something acts on it.

    cell = row · width + column,    action 0 up, 1 right, 2 down, 3 left, 4 wait

Who acts by walking needs no button, and nobody has a direction.
"""

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs import maps
from rewardlab.envs.board import PLAYERS as PLAYERS
from rewardlab.envs.board import Board as Board
from rewardlab.envs.lookup import returns as returns
from rewardlab.envs.maps import MOVES as MOVES
from rewardlab.envs.maps import Outcome as Outcome
from rewardlab.envs.maps import chart as chart
from rewardlab.envs.maps import explore as explore
from rewardlab.envs.maps import only as only

STEPS = (*maps.STEPS, (0, 0))  # rows and columns of up, right, down, left, wait
WAIT = 4


def check_border(floor: np.ndarray, *, where: str) -> None:
    """Raises BadOption if one could walk off the map: its border [height, width] must have no floor."""
    inner = floor.copy()
    inner[1:-1, 1:-1] = False
    if inner.any():
        raise BadOption("layout with floor at its border", where=where, expected="walls or stations all around")


def neighbours(height: int, width: int) -> np.ndarray:
    """[cells, 5] the cell that each action looks at; beyond the border, the cell itself."""
    row, column = np.divmod(np.arange(height * width), width)
    out = np.empty((height * width, 5), dtype=np.int64)
    for action, (down, right) in enumerate(STEPS):
        r, c = row + down, column + right
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        out[:, action] = np.where(inside, r * width + c, row * width + column)
    return out


def distances(target: np.ndarray, floor: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """[cells] steps over `floor` [cells] until one acts on a goal [cells] bool, that step included; 0 on a goal.

    Goals need not be floor; infinite where there is no way.
    """
    distance = np.where(goals, 0.0, np.inf)
    while True:
        shorter = np.where(floor, np.minimum(distance, distance[target].min(1) + 1.0), distance)
        if (shorter == distance).all():
            return distance
        distance = shorter
