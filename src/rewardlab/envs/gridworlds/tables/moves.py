"""Moves on small maps: what worlds of walkers share, whose rules are tables and formulas rather than a kernel.

    cell = row · width + column,    action 0 up, 1 right, 2 down, 3 left

A walker stays where it is if a wall or the border is in the way.
"""

from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, namespace, tensor
from rewardlab.envs.board import FLOOR as FLOOR
from rewardlab.envs.board import PLAYERS
from rewardlab.envs.board import WALL as WALL
from rewardlab.envs.board import Board as Board
from rewardlab.envs.lookup import returns as returns
from rewardlab.envs.maps import MOVES as MOVES
from rewardlab.envs.maps import STEPS as STEPS
from rewardlab.envs.maps import Outcome as Outcome
from rewardlab.envs.maps import chart as chart
from rewardlab.envs.maps import explore as explore
from rewardlab.envs.maps import only as only

KEYS = {"up": 0, "right": 1, "down": 2, "left": 3}  # for play by hand
WALKER = PLAYERS[0]


def neighbours(wall: np.ndarray) -> np.ndarray:
    """The cell [height * width, 4] that each move leads to, on a map of walls [height, width] bool."""
    height, width = wall.shape
    row, column = np.divmod(np.arange(height * width), width)
    target = np.empty((height * width, 4), dtype=np.int64)
    for action, (down, right) in enumerate(STEPS):
        r, c = row + down, column + right
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        free = inside & ~wall[np.where(inside, r, 0), np.where(inside, c, 0)]
        target[:, action] = np.where(free, r * width + c, row * width + column)
    return target


def distances(target: np.ndarray, goal: int) -> np.ndarray:
    """Steps [cells] that a walker needs to `goal` on a table of `neighbours`; infinite where there is no way."""
    distance = np.full(len(target), np.inf)
    distance[goal] = 0.0
    for _ in range(len(target)):
        shorter = np.minimum(distance, distance[target].min(1) + 1.0)
        if (shorter == distance).all():
            break
        distance = shorter
    return distance


class Tables:
    """Constant arrays of some rules, each copied to a torch device when it is first needed there."""

    def __init__(self, **arrays: np.ndarray) -> None:
        self._of: dict[Any, dict[str, Array]] = {None: arrays}

    def on(self, device: Any) -> dict[str, Array]:
        """The arrays for a device; None for NumPy."""
        if device not in self._of:
            self._of[device] = {k: tensor(v, device=device) for k, v in self._of[None].items()}
        return self._of[device]

    def beside(self, x: Array) -> dict[str, Array]:
        """The arrays where `x` is."""
        return self.on(None if isinstance(x, np.ndarray) else x.device)


def canvas(static: Array, n: int) -> Array:
    """n copies [n, planes, cells] int8 of constant planes, to write into."""
    if isinstance(static, np.ndarray):
        return np.repeat(static[None], n, axis=0)
    return static[None].repeat(n, 1, 1)


def rows_of(x: Array) -> Array:
    """0..n-1, where `x` [n] is."""
    return np.arange(len(x)) if isinstance(x, np.ndarray) else namespace(x).arange(len(x), device=x.device)
