"""Taxi: fetch a passenger and take him where he wants to go, in a town of a few streets.

    state = (cell · 5 + passenger) · 4 + destination,    r = −1 a step, −10 for a wrong pick-up or drop, 20 delivered

What can be learnt apart (the way to each stop) has to be put together in the right order.

Source: Dietterich, "Hierarchical Reinforcement Learning with the MAXQ Value Function Decomposition", Journal of
Artificial Intelligence Research 2000, Section 3.1 (the pays; the town is ours).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps.kernel import Tabular, check_numbers
from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, LINE, PAPER, RED, Picture
from rewardlab.envs.world import Card, State

_TOWN = "A..#.B\n.#.#..\n....#.\n.#....\nC..#.D"
_STEPS = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]])


@dataclass
class Taxi(Tabular):
    """One cab, one passenger, four stops.

    Args:
        layout: the town, a line per row: A B C D the stops, . street, # buildings; every stop can be reached.
        delivered: paid for a passenger who leaves at his destination.
        wrong: what a pick-up or drop that is not possible costs, beside nothing else.
        effort: what every other step costs.

    Raises:
        BadOption: for a map of other letters or ragged lines, missing stops, or streets that do not hang together.
    """

    layout: str = _TOWN
    delivered: float = 20.0
    wrong: float = 10.0
    effort: float = 1.0

    keys: ClassVar[Mapping[str, int]] = {"up": 0, "right": 1, "down": 2, "left": 3, "space": 4, "enter": 5}

    def __post_init__(self) -> None:
        check_numbers(self, delivered=(0, 1e6), wrong=(0, 1e6), effort=(0, 1e6))
        letters = _chart(self.layout)
        self._letters = letters
        height, width = letters.shape
        flat = letters.ravel()
        self.stops = np.array([int(np.flatnonzero(flat == x)[0]) for x in "ABCD"])
        """[4] the cells row * width + column of the stops."""
        row, column = np.divmod(np.arange(flat.size), width)
        r, c = row[:, None] + _STEPS[:, 0], column[:, None] + _STEPS[:, 1]
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        there = np.where(inside, r * width + c, np.arange(flat.size)[:, None])
        self.target = np.where(flat[there] == "#", np.arange(flat.size)[:, None], there)
        """[cells, 4] where each move leads."""
        self._check_streets(flat != "#")
        S = flat.size * 20
        cell, passenger, goal = np.unravel_index(np.arange(S), (flat.size, 5, 4))
        after, pay = np.zeros((S, 6), dtype=np.int64), np.full((S, 6), -self.effort)
        for move in range(4):
            after[:, move] = (self.target[cell, move] * 5 + passenger) * 4 + goal
        waits = (passenger < 4) & (cell == self.stops[np.minimum(passenger, 3)])
        after[:, 4] = np.where(waits, (cell * 5 + 4) * 4 + goal, np.arange(S))
        pay[:, 4] = np.where(waits, -self.effort, -self.wrong)
        arrives = (passenger == 4) & (cell == self.stops[goal])
        after[:, 5] = np.where(arrives, (cell * 5 + goal) * 4 + goal, np.arange(S))
        pay[:, 5] = np.where(arrives, self.delivered, -self.wrong)
        used = flat[cell] != "#"
        # A passenger who stands where he wants to be has been delivered; inside a building nothing ever is.
        terminal = ~used | (passenger == goal)
        initial = (used & (passenger < 4) & (passenger != goal)).astype(float)
        from scipy import sparse

        P = sparse.csr_array((np.ones(6 * S), after.ravel(), np.arange(6 * S + 1)), shape=(6 * S, S))
        process = TabularMDP(P, pay, gamma=1.0, initial=initial / initial.sum(), terminal=terminal)
        self._open(process, goal=terminal, steps=200)

    def _check_streets(self, street: np.ndarray) -> None:
        reached = np.zeros(len(street), dtype=bool)
        front = self.stops[:1]
        while len(front):
            reached[front] = True
            front = np.unique(self.target[front])
            front = front[~reached[front]]
        if (street & ~reached).any():
            raise BadOption("streets that do not hang together", where="Taxi", expected="one town")

    def _parts(self, state: int) -> tuple[int, int, int]:
        cell, rest = divmod(state, 20)
        return cell, *divmod(rest, 4)

    def draw(self, state: State, i: int) -> np.ndarray:
        height, width = self._letters.shape
        side = 400 // max(height, width)
        cell, passenger, goal = self._parts(int(state["state"][i]))
        picture = Picture(height * side, width * side, LINE)
        for k, letter in enumerate(self._letters.ravel()):
            y, x = (v * side for v in divmod(k, width))
            picture.box(x + 1, y + 1, side - 2, side - 2, FAINT if letter == "#" else PAPER)
        for k, stop in enumerate(self.stops):
            y, x = (v * side for v in divmod(int(stop), width))
            if k == goal:
                picture.box(x + 3, y + 3, side - 6, side - 6, GOLD, corner=6)
            picture.write("ABCD"[k], x + side * 0.2, y + side * 0.15, INK, size=2)
            if k == passenger:
                picture.disc(x + side * 0.7, y + side * 0.3, side * 0.15, RED)
        y, x = (v * side for v in divmod(cell, width))
        picture.box(x + side * 0.2, y + side * 0.45, side * 0.6, side * 0.4, BLUE, corner=side * 0.1)
        if passenger == 4:
            picture.disc(x + side * 0.5, y + side * 0.65, side * 0.13, RED)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        cell, passenger, goal = self._parts(int(state["state"][i]))
        shown = self._letters.copy()
        shown.ravel()[cell] = "T"
        rides = "in the taxi" if passenger == 4 else f"at {'ABCD'[passenger]}"
        return "\n".join("".join(line) for line in shown) + f"\npassenger {rides}, to {'ABCD'[goal]}"

    def table_places(self) -> np.ndarray:
        """[S, 2] the row and column of the taxi in each state of `to_mdp`."""
        return np.stack(np.divmod(np.arange(self.process.num_states) // 20, self._letters.shape[1]), axis=1)

    def card(self) -> Card:
        height, width = self._letters.shape
        moves = {str(k): name for k, name in enumerate(("up", "right", "down", "left", "pick up", "drop"))}
        return self._card(
            summary=f"A taxi in a town of {height} x {width} cells fetches a passenger at one of four stops and drops "
            "him at another one. Returns are those of 200 steps.",
            state="((row * width + column) * 5 + passenger) * 4 + destination; passenger 0..3 at a stop, 4 in the taxi",
            actions=moves,
            reward=f"{self.delivered:g} for dropping the passenger at his destination, -{self.wrong:g} for a pick-up "
            f"or drop that is not possible, else -{self.effort:g}",
            info={"success": "True on the step that delivers the passenger"},
            source="Dietterich, Hierarchical Reinforcement Learning with the MAXQ Decomposition, JAIR 2000",
        )


def _chart(layout: str) -> np.ndarray:
    lines = layout.split("\n")
    good = len({len(line) for line in lines}) == 1 and set(layout) <= set("ABCD.#\n") and 1 <= len(lines) <= 12
    if not good or any(layout.count(x) != 1 for x in "ABCD") or len(lines[0]) > 12:
        raise BadOption(
            f"layout={layout!r:.80}", where="Taxi", expected="up to 12 x 12 of . and #, with A, B, C and D once each"
        )
    return np.array([list(line) for line in lines])
