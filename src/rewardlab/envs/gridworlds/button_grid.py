"""Button grid: buttons that must all be on, in a world whose states are many and whose rules are few.

    r = 1 when all b buttons are on, then a new layout;    they all switch on by themselves with probability 1/(10 g²)

A walker toggles a button by stepping on it. There are about g^(2 (b + 1)) · 2^b states, but each bit of the next one
depends on few bits of this one, so that a learned model of the bits knows states that were never seen.

Source: Young, Ramesh, Kirsch, Schmidhuber, "The Benefits of Model-Based Generalization in Reinforcement Learning",
ICML 2023 (ButtonGrid).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, array, tree_where
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables import moves
from rewardlab.envs.picture import FAINT, GREEN, PAPER
from rewardlab.envs.world import Card, Columns, Rules, State

_MOST = 200_000  # states over which exact returns are still computed at once


@dataclass
class ButtonGrid(Rules):
    """b buttons on a g × g grid; an episode has no end of its own.

    Args:
        size: g >= 2, rows and columns.
        buttons: b >= 1, fewer than g² and at most 16.
        helper: probability in [0, 1] that all buttons switch on in a step; None for 1 / (10 g²).

    Raises:
        BadOption: for values outside these ranges.
    """

    size: int = 5
    buttons: int = 2
    helper: float | None = None

    torch: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, int]] = moves.KEYS
    max_episode_steps: ClassVar[int | None] = 200

    def __post_init__(self) -> None:
        g, b, where = self.size, self.buttons, "ButtonGrid"
        if g < 2:
            raise BadOption(f"size={g!r}", where=where, expected="at least 2", mend="size=5")
        if not 1 <= b < min(g * g, 17):
            raise BadOption(f"buttons={b!r}", where=where, expected=f"1..{min(g * g - 1, 16)}", mend="buttons=2")
        if self.helper is not None and not 0.0 <= self.helper <= 1.0:
            raise BadOption(f"helper={self.helper!r}", where=where, expected="a probability, or None")
        self._help = 1.0 / (10 * g * g) if self.helper is None else float(self.helper)
        self.action_space = spaces.Discrete(4)
        self.observation_space = spaces.MultiBinary([3, g, g])
        self._wall = np.zeros((g, g), dtype=bool)
        self._next = moves.neighbours(self._wall)  # [g², 4]
        self._tables = moves.Tables(target=self._next.ravel(), planes=np.zeros((3, g * g), dtype=np.int8))

    # -- rules -------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        places = rng.permutation(self.size**2)[:, : self.buttons + 1]
        return {"agent": places[:, 0] + 0, "button": places[:, 1:] + 0, "on": places[:, 1:] < 0}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp = rng.xp
        after, done = self._step(state, action)
        helped = rng.uniform() < self._help
        done = done | helped
        if rng.device is not None:  # to ask where would be to wait
            own = rng.rows(slice(None))
            after = tree_where(done, self.start(len(done), own), after)
            rng.take(done, own)
        elif done.any():
            rows = xp.nonzero(done)[0]
            own = rng.rows(rows)
            fresh = self.start(len(rows), own)
            rng.put(rows, own)
            for key, value in fresh.items():
                after[key][rows] = value
        return after, xp.astype(done, xp.float64), done & False, {"all_on": done, "helped": helped}

    def _step(self, state: State, action: Array) -> tuple[State, Array]:
        """The next state in arrays of its own, and whether all buttons are on in it [n]."""
        cell = self._tables.beside(state["agent"])["target"][state["agent"] * 4 + action]
        steps = cell != state["agent"]  # who runs into the border presses nothing
        on = state["on"] ^ ((state["button"] == cell[:, None]) & steps[:, None])
        return {"agent": cell, "button": state["button"] + 0, "on": on}, on.all(-1)

    def look(self, state: State) -> Tree:
        agent, button, on, g = state["agent"], state["button"], state["on"], self.size
        planes = moves.canvas(self._tables.beside(agent)["planes"], len(agent))
        row = moves.rows_of(agent)
        planes[row, 0, agent] = 1
        planes[row[:, None], 1 + on * 1, button] = 1
        return planes.reshape(len(agent), 3, g, g)

    # -- exact -------------------------------------------------------------------------------------------------------

    def to_mdp(self, buttons: Sequence[int] | None = None) -> Any:
        """The exact `TabularMDP` of one layout until its buttons are all on, which ends it.

        Args:
            buttons: [b] different cells, row * g + column; None for the first b cells of the grid's middle row.

        Returns:
            S = g² 2^b states, number cell * 2^b + bits of the buttons that are on; the agent begins in any free cell.

        Raises:
            BadOption: for cells that are not b different ones of the grid.
        """
        cells, b = self.size**2, self.buttons
        middle = self.size // 2 * self.size
        chosen = [(middle + j) % cells for j in range(b)] if buttons is None else [int(c) for c in buttons]
        if len(set(chosen)) != b or not all(0 <= c < cells for c in chosen):
            raise BadOption(
                f"buttons={buttons!r}", where="ButtonGrid.to_mdp", expected=f"{b} different of 0..{cells - 1}"
            )

        def outcomes(state: State, action: Array) -> Iterator[moves.Outcome]:
            after, done = self._step(state, action)
            yield 1.0 - self._help, after, done * 1.0, done
            if self._help:
                yield self._help, {**after, "on": np.ones_like(after["on"])}, np.ones(len(done)), done | True

        free = np.setdiff1d(np.arange(cells), chosen)
        first = {"agent": free, "button": np.tile(chosen, (len(free), 1)), "on": np.zeros((len(free), b), dtype=bool)}
        bit = 1 << np.arange(b)
        return moves.explore(
            outcomes,
            first,
            actions=4,
            index=lambda s: s["agent"] * 2**b + (s["on"] * bit).sum(-1),
            size=cells << b,
        )

    def returns(self, steps: int) -> tuple[float, float] | None:
        """The exact expected returns of random and of the best play over `steps` steps and all layouts.

        None where layouts times cells times bits are more than 200,000.
        """
        cells, b = self.size**2, self.buttons
        layouts = math.comb(cells, b)
        if layouts * cells << b > _MOST:
            return None
        places = np.array(list(combinations(range(cells), b)))  # [L, b]
        toggles = np.zeros((layouts, cells), dtype=np.int64)
        np.put_along_axis(toggles, places, np.broadcast_to(1 << np.arange(b), places.shape), 1)
        moved = self._next != np.arange(cells)[:, None]
        flips = np.where(moved, toggles[:, self._next], 0)  # [L, cells, 4]
        bits = np.arange(2**b)[:, None] ^ flips[:, :, None, :]  # [L, cells, 2^b, 4]
        after = (np.arange(layouts)[:, None, None, None] * cells + self._next[None, :, None, :]) * 2**b + bits
        done, free = bits == 2**b - 1, toggles == 0
        p, values = self._help, []
        for best in (False, True):
            V = np.zeros((layouts, cells, 2**b))
            for _ in range(steps):
                fresh = 1.0 + V[:, :, 0][free].mean()
                Q = (1 - p) * np.where(done, fresh, V.ravel()[after]) + p * fresh
                V = Q.max(-1) if best else Q.mean(-1)
            values.append(float(V[:, :, 0][free].mean()))
        return values[0], values[1]

    # -- shown -------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        board = moves.Board(self._wall, side=max(16, min(64, 480 // self.size)))
        side = board.side
        for cell, on in zip(array(state["button"][i]), array(state["on"][i]), strict=True):
            x, y = board.middle(int(cell))
            board.disc(x, y, side * 0.44, FAINT)
            board.disc(x, y, side * 0.38, GREEN if on else PAPER)
            board.ring(x, y, side * 0.2, side * 0.05, PAPER if on else FAINT)
        cell = int(state["agent"][i])
        board.walker(cell)
        return board.image()

    def text(self, state: State, i: int) -> str:
        marks = np.full(self.size**2, ".")
        marks[array(state["button"][i])] = np.where(array(state["on"][i]), "B", "b")
        cell = int(state["agent"][i])
        marks[cell] = {".": "o", "b": "O", "B": "@"}[str(marks[cell])]
        return "\n".join("".join(line) for line in marks.reshape(self.size, self.size))

    def card(self) -> Card:
        g, b, steps = self.size, self.buttons, int(self.max_episode_steps or 0)
        random, best = self.returns(steps) or (None, None)
        return Card(
            summary=f"A {g} x {g} grid; stepping on a button toggles it; all {b} on pays and makes a new layout.",
            observation={"planes": f"[3, {g}, {g}] of 0 and 1: walker, buttons that are off, buttons that are on"},
            action={"action": moves.MOVES},
            reward="1 on the step that has all buttons on, be it by the walker or, with probability "
            f"{self._help:g} in any step, by themselves; returns are those of {steps} steps",
            info={"all_on": "True on the step that pays", "helped": "True if the buttons switched on by themselves"},
            random_return=random,
            optimal_return=best,
            source="Young et al., The Benefits of Model-Based Generalization in Reinforcement Learning, ICML 2023",
        )
