"""Views from above: small pictures of all rows at once, discs on a background, NumPy or torch."""

from collections.abc import Sequence

import numpy as np

from rewardlab.core.arrays import Array, namespace
from rewardlab.envs.lookup import Tables
from rewardlab.envs.picture import Colour


class TopView:
    """Pictures [n, side, side, 3] uint8 of the square [-1, 1]² with y up.

    Args:
        still: [side, side, 3] uint8, what never moves.
    """

    def __init__(self, still: np.ndarray) -> None:
        self.side = len(still)
        x, y = centres(self.side)
        self._tables = Tables(x=x, y=y, still=still)

    def __call__(self, discs: Sequence[tuple[Array, float, Colour]]) -> Array:
        """The views of some discs: (middles [n, 2], radius, colour), later ones over earlier ones.

        A disc colours the pixels whose middles it covers, and has at least the size of a pixel.
        """
        first = discs[0][0]
        xp, t = namespace(first), self._tables.beside(first)
        view = t["still"]
        for place, radius, colour in discs:
            dx, dy = t["x"] - place[:, 0, None, None], t["y"] - place[:, 1, None, None]
            r = max(radius, 1.5 / self.side)
            near = dx * dx + dy * dy < r * r
            view = xp.where(near[..., None], _like(colour, t["still"]), view)
        return view


def centres(side: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y [side, side] of the middles of pixels."""
    middle = (np.arange(side) + 0.5) * 2 / side - 1
    x, y = np.meshgrid(middle, -middle)
    return x, y


def _like(colour: Colour, still: Array) -> Array:
    return np.array(colour, dtype=np.uint8) if isinstance(still, np.ndarray) else still.new_tensor(colour)
