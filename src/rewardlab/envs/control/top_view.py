"""Views from above of a point among walls: small pictures of all rows at once, NumPy or torch."""

import numpy as np

from rewardlab.core.arrays import Array, namespace
from rewardlab.envs.control.walls import Walls
from rewardlab.envs.lookup import Tables
from rewardlab.envs.picture import BLUE, INK, PAPER, RED


class TopView:
    """Pictures [n, side, side, 3] uint8 of [-1, 1]²: the point blue, the goal red, walls dark.

    Args:
        walls: what else is seen.
        side: pixels.
        radius: m, of the goal.
        goal: whether it is shown.
    """

    def __init__(self, walls: Walls, side: int, radius: float, *, goal: bool) -> None:
        self.dot = max(0.06, 1.5 / side)  # m: the point covers a pixel at least
        self.radius, self.goal = max(radius, 1.5 / side), goal
        middle = (np.arange(side) + 0.5) * 2 / side - 1
        x, y = np.meshgrid(middle, -middle)  # [side, side]
        still = np.empty((side, side, 3), dtype=np.uint8)
        still[:] = PAPER
        inside = (np.abs(x) <= walls.span[0]) & (np.abs(y) <= walls.span[1])
        still[~inside] = INK
        for (left, low), (right, high) in walls.blocks:
            still[(x > left) & (x < right) & (y > low) & (y < high)] = INK
        colours = np.array([BLUE, RED], dtype=np.uint8)
        self._tables = Tables(x=x, y=y, still=still, point=colours[0], aim=colours[1])

    def __call__(self, x: Array, goal: Array) -> Array:
        """The views of points x [n, 2] with goals [n, 2], m."""
        xp, t = namespace(x), self._tables.beside(x)
        view = t["still"]
        if self.goal:
            view = xp.where(self._near(t, goal, self.radius)[..., None], t["aim"], view)
        return xp.where(self._near(t, x, self.dot)[..., None], t["point"], view)

    @staticmethod
    def _near(t: dict[str, Array], place: Array, radius: float) -> Array:
        dx, dy = t["x"] - place[:, 0, None, None], t["y"] - place[:, 1, None, None]
        return dx * dx + dy * dy < radius * radius
