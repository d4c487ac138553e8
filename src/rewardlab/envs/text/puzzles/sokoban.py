"""Sokoban: push all boxes onto goals; a box can be pushed, never pulled, and not two at once.

Levels are boards of 4 x 4 to 6 x 6 with one or two boxes, made by pulling boxes away from their goals, so that the way
back is a solution. The solver searches breadth first and finds a shortest sequence of moves.

Source: Junghanns, Schaeffer, "Sokoban: Enhancing General Single-Agent Search Methods Using Domain Knowledge",
Artificial Intelligence 2001.
"""

import re

import numpy as np

from rewardlab.envs.text.puzzles.kernel import DIRECTIONS, FLOOR, WALL, Puzzle, Solved

SIZES = ((4, 1, 2, 8), (5, 1, 4, 30), (5, 2, 6, 20), (5, 2, 3, 60), (6, 2, 6, 120))  # side, boxes, walls, tries
Cell = tuple[int, int]
Board = tuple[str, ...]
_SIGNS = {(0, 0, 0): ".", (0, 0, 1): "o", (0, 1, 0): "$", (0, 1, 1): "*", (1, 0, 0): "@", (1, 0, 1): "+"}


class Sokoban(Puzzle):
    """Boards are tuples of rows: # wall, . floor, o goal, $ box, * box on a goal, @ you, + you on a goal."""

    name = "sokoban"
    form = "Write the moves u, d, l, r, such as rrdl."

    def make(self, level: int, rng: np.random.Generator) -> Board:
        side, count, walls, pulls = SIZES[level - 1]
        while True:
            cells = [(int(k) // side, int(k) % side) for k in rng.permutation(side * side)]
            wall, goals, man = set(cells[:walls]), cells[walls : walls + count], cells[walls + count]
            boxes = set(goals)
            names = rng.choice(list(DIRECTIONS), size=4 * pulls)
            grips = rng.random(4 * pulls) < 0.7
            for name, grip in zip(names, grips, strict=True):
                a, b = DIRECTIONS[str(name)]
                to, behind = (man[0] + a, man[1] + b), (man[0] - a, man[1] - b)
                if to in wall or to in boxes or not (0 <= to[0] < side and 0 <= to[1] < side):
                    continue
                if grip and behind in boxes:
                    boxes = (boxes - {behind}) | {man}
                man = to
            if not boxes & set(goals):
                return _board(side, wall, set(goals), boxes, man)

    def ask(self, x: Board) -> str:
        return (
            f"Push all boxes onto goals: {'/'.join(x)}. You are @ (+ on a goal), boxes are $ (* on a goal), "
            "goals are o, walls # and all around."
        )

    def short(self, x: Board) -> str:
        return "/".join(x)

    def solve(self, x: Board) -> Solved:
        before: dict[tuple[Cell, frozenset[Cell]], tuple[str, object]] = {}
        wall, goals, boxes, man = _parts(x)
        first = (man, frozenset(boxes))
        line, tried = [first], [""]
        before[first] = ("", None)
        for state in line:
            if state[1] == goals:
                moves, at = "", state
                while before[at][1] is not None:
                    name, back = before[at]
                    moves, at = name + moves, back  # type: ignore[assignment]
                return Solved(moves, len(tried), tuple(tried[1:]))
            for name in DIRECTIONS:
                after = _moved(state, name, wall, len(x))
                if after is not None and after not in before:
                    before[after] = (name, state)
                    line.append(after)
                    tried.append(name)
        return Solved("", len(tried), tuple(tried[1:]))

    def verify(self, x: Board, said: str) -> bool:
        for name in re.sub(r"[\s,]", "", said):
            after = self.move(x, name)
            if after is None:
                return False
            x = after
        return self.done(x)

    def move(self, x: Board, name: str) -> Board | None:
        """The board after a move; None if it is none or cannot be made."""
        if name not in DIRECTIONS:
            return None
        wall, goals, boxes, man = _parts(x)
        after = _moved((man, frozenset(boxes)), name, wall, len(x))
        return None if after is None else _board(len(x), wall, set(goals), set(after[1]), after[0])

    def done(self, x: Board) -> bool:
        """Whether every box is on a goal."""
        return "$" not in "".join(x)

    def grid(self, x: Board) -> list[list[int]]:
        codes = {"#": WALL, ".": FLOOR, "o": 3, "$": 5, "*": 6, "@": 4, "+": 7}
        return [[codes[c] for c in row] for row in x]


def _moved(
    state: tuple[Cell, frozenset[Cell]], name: str, wall: set[Cell], side: int
) -> tuple[Cell, frozenset[Cell]] | None:
    (i, j), boxes = state
    a, b = DIRECTIONS[name]
    to, beyond = (i + a, j + b), (i + 2 * a, j + 2 * b)
    if _shut(to, wall, side):
        return None
    if to in boxes:
        if _shut(beyond, wall, side) or beyond in boxes:
            return None
        boxes = (boxes - {to}) | {beyond}
    return to, boxes


def _shut(cell: Cell, wall: set[Cell], side: int) -> bool:
    return cell in wall or not (0 <= cell[0] < side and 0 <= cell[1] < side)


def _parts(x: Board) -> tuple[set[Cell], frozenset[Cell], set[Cell], Cell]:
    """Walls, goals, boxes, and where one stands."""
    cells = [(c, (i, j)) for i, row in enumerate(x) for j, c in enumerate(row)]
    man = next(at for c, at in cells if c in "@+")
    wall, boxes = ({at for c, at in cells if c in signs} for signs in ("#", "$*"))
    return wall, frozenset(at for c, at in cells if c in "o*+"), boxes, man


def _board(side: int, wall: set[Cell], goals: set[Cell], boxes: set[Cell], man: Cell) -> Board:
    def sign(at: Cell) -> str:
        return "#" if at in wall else _SIGNS[(int(at == man), int(at in boxes), int(at in goals))]

    return tuple("".join(sign((i, j)) for j in range(side)) for i in range(side))
