"""Boards: pictures of maps, a square of pixels for each cell.

    cell = row · columns + column,    middle of a cell = (column + 1/2, row + 1/2) · side

A board is a canvas with cells on it: shapes are put on it by pixels, things by cells.
"""

import numpy as np

from rewardlab.envs.picture import INK, Colour, Picture

PLAYERS: tuple[Colour, ...] = ((210, 60, 50), (52, 101, 164), (120, 70, 160), (40, 140, 140), (190, 120, 30))
WALL, FLOOR = (84, 90, 104), (238, 238, 232)
_GAP, _WHITE = (206, 207, 202), (250, 250, 246)


class Squares(Picture):
    """A canvas of cells.

    Args:
        height: rows of cells.
        width: columns of cells.
        side: pixels of a side of a cell.
        colour: of the empty canvas.
    """

    def __init__(self, height: int, width: int, side: int, colour: Colour = FLOOR) -> None:
        super().__init__(height * side, width * side, colour)
        self.side, self.columns = side, width

    def middle(self, cell: int) -> tuple[float, float]:
        """x and y of the middle of a cell, in pixels."""
        return (cell % self.columns + 0.5) * self.side, (cell // self.columns + 0.5) * self.side

    def tile(self, cell: int, colour: Colour, *, share: float = 0.96, corner: float = 0.08) -> None:
        """A square that takes `share` of the cell's side."""
        x, y = self.middle(cell)
        half = self.side * share / 2
        self.box(x - half, y - half, 2 * half, 2 * half, colour, corner=corner * self.side)

    def letter(self, cell: int, text: str, colour: Colour = INK) -> None:
        """A sign in the middle of a cell."""
        x, y = self.middle(cell)
        self.write(text, x, y - 7, colour, middle=True)


class Board(Squares):
    """Walls and floor, and who walks there.

    Args:
        wall: [height, width] bool.
        side: pixels of a side of a cell.
    """

    def __init__(self, wall: np.ndarray, *, side: int = 48) -> None:
        height, width = wall.shape
        super().__init__(height, width, side, _GAP)
        for cell, solid in enumerate(wall.ravel()):
            self.tile(cell, WALL if solid else FLOOR)

    def walker(self, cell: int, colour: Colour = PLAYERS[0]) -> None:
        """Someone who looks at us."""
        (x, y), side = self.middle(cell), self.side
        self.disc(x, y, side * 0.34, colour)
        for eye in (-0.11, 0.11):
            self.disc(x + eye * side, y - side * 0.07, side * 0.075, _WHITE)
            self.disc(x + eye * side, y - side * 0.06, side * 0.035, INK)

    def player(self, cell: int, number: int, *, held: str = "") -> None:
        """Somebody with a number, and a sign for what is held."""
        x, y = self.middle(cell)
        self.disc(x, y, self.side * 0.34, PLAYERS[number % len(PLAYERS)])
        self.write(str(number), x, y - 7, _WHITE, middle=True)
        if held:
            self.disc(x + self.side * 0.26, y + self.side * 0.24, self.side * 0.16, _WHITE)
            self.write(held, x + self.side * 0.26, y + self.side * 0.24 - 7, INK, middle=True)
