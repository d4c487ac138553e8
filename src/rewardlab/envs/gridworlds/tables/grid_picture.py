"""Pictures of grid worlds: a board of cells, things on it, and the one who walks there."""

import numpy as np

from rewardlab.envs.board import Squares
from rewardlab.envs.picture import BLUE, GOLD, GREEN, INK, PAPER, RED, Colour

WALL, FLOOR = (62, 70, 84), (236, 236, 230)
KINDS: tuple[Colour, ...] = (
    FLOOR, (232, 120, 60), (120, 180, 226), (150, 200, 130), (222, 200, 120), (196, 160, 210), (170, 170, 170),
    (236, 170, 180), (130, 200, 196), (190, 150, 120),
)  # fmt: skip
COLOURS: dict[str, Colour] = {
    "gold": GOLD, "purple": (130, 70, 160), "green": GREEN, "red": RED, "orange": (238, 130, 30),
    "teal": (30, 140, 140), "pink": (230, 120, 170), "brown": (140, 96, 60), "black": INK, "white": (255, 255, 255),
}  # fmt: skip
WALKER = BLUE


class Board(Squares):
    """A grid of H x W cells on a canvas of about 400 pixels.

    Args:
        fill: [H, W, 3] the colour of each cell.
    """

    def __init__(self, fill: np.ndarray) -> None:
        height, width = fill.shape[:2]
        super().__init__(height, width, max(8, 400 // max(height, width)))
        self.canvas[:] = fill.repeat(self.side, 0).repeat(self.side, 1)
        for k in range(1, height):
            self.canvas[k * self.side] *= 0.94
        for k in range(1, width):
            self.canvas[:, k * self.side] *= 0.94

    def coin(self, cell: int, colour: Colour, *, good: bool = True) -> None:
        """A thing to take, round; with a cross on it if it is to be shunned."""
        (x, y), s = self.middle(cell), self.side
        self.disc(x, y, 0.36 * s, colour)
        self.ring(x, y, 0.3 * s, 0.05 * s, PAPER)
        if not good:
            d = 0.13 * s
            for sign in (-1, 1):
                self.line(x - d, y - sign * d, x + d, y + sign * d, 0.08 * s, PAPER)

    def walker(self, cell: int) -> None:
        """The agent, who looks at us."""
        (x, y), s = self.middle(cell), self.side
        self.disc(x, y, 0.3 * s, WALKER)
        for dx in (-0.1, 0.1):
            self.disc(x + dx * s, y - 0.05 * s, 0.075 * s, PAPER)
            self.disc(x + dx * s, y - 0.04 * s, 0.035 * s, INK)

    def arrow(self, cell: int, length: float, colour: Colour) -> None:
        """An arrow upwards, `length` in cells."""
        (x, y), s = self.middle(cell), self.side
        top, tip = y - length * s / 2, 0.12 * s
        self.line(x, y + length * s / 2, x, top, 0.06 * s, colour)
        for sign in (-1, 1):
            self.line(x, top, x + sign * tip, top + tip, 0.06 * s, colour)


def lines(letters: np.ndarray) -> str:
    """Letters [H, W] as rows of text."""
    return "\n".join("".join(row) for row in letters)
