"""Collect: several goals at once, with a reward vector.

    r⃗ = (items of kind 1, ..., items of kind K, −1 for the step),    r = weights · r⃗

A walker gathers items of K kinds and leaves by the exit, whenever it likes. What is best depends on what each kind
and each step is worth, so that the returns that cannot be bettered form a front rather than a number.

Source: Vamplew, Dazeley, Berry, Issabekov, Dekker, "Empirical Evaluation Methods for Multiobjective Reinforcement
Learning Algorithms", Machine Learning 2011 (deep sea treasure, of which this is a kin); Roijers, Vamplew, Whiteson,
Dazeley, "A Survey of Multi-Objective Sequential Decision-Making", JAIR 2013.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables import moves
from rewardlab.envs.picture import FAINT, GREEN, INK
from rewardlab.envs.world import Card, Columns, Rules, State

_LAYOUT = "A..1..E\n.#.#.#.\n1..2..2\n.#.#.#.\n2..1..2"
_COLOURS = ((214, 72, 60), (52, 101, 164), (222, 168, 36), (128, 84, 168), (60, 150, 130))


@dataclass
class Collect(Rules):
    """Items of K kinds, an exit, and K + 1 objectives.

    Args:
        layout: the map, a line per row: A the start, 1..5 an item of that kind, E the exit, # a wall, . free.
        weights: [K + 1] what an item of each kind, and a step that is saved, are worth in the scalar reward;
            None for 1 per item and 0.1 per step.
        observation: "index" (Discrete, the number of the state in `to_mdp`) or "planes" (MultiBinary [K + 3, height,
            width]).
        multi_objective: whether the step returns the vector [K + 1] in place of the scalar.

    Raises:
        BadOption: for a map without exactly one A and E, without items, with more than 12 or with kinds left out
            (1 and 3 but not 2), or weights of the wrong number or not finite.
    """

    layout: str = _LAYOUT
    weights: Sequence[float] | None = None
    observation: str = "index"
    multi_objective: bool = False

    torch: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, int]] = moves.KEYS
    max_episode_steps: ClassVar[int | None] = 100

    def __post_init__(self) -> None:
        where = "Collect"
        if self.observation not in ("index", "planes"):
            raise BadOption(f"observation={self.observation!r}", where=where, expected='"index" or "planes"')
        letters = moves.chart(self.layout, "AE12345#.", where=where)
        self._wall = letters == "#"
        self._home, self.exit = (moves.only(letters, letter, where=where) for letter in "AE")
        flat = letters.ravel()
        self.items = np.flatnonzero(np.char.isdigit(flat))  # [m] their cells
        self.kinds = flat[self.items].astype(np.int64) - 1  # [m]
        m, kinds = len(self.items), sorted(set(self.kinds.tolist()))
        if not 1 <= m <= 12 or kinds != list(range(len(kinds))):
            raise BadOption(
                f"layout with {m} items of kinds {[k + 1 for k in kinds]}", where=where, expected="1..12 of kinds 1..K"
            )
        self.num_kinds = len(kinds)
        worth = np.array([1.0] * self.num_kinds + [0.1] if self.weights is None else self.weights, dtype=float)
        if worth.shape != (self.num_kinds + 1,) or not np.isfinite(worth).all():
            raise BadOption(
                f"weights={self.weights!r}",
                where=where,
                expected=f"{self.num_kinds + 1} finite numbers, the last for time",
            )
        cells = letters.size
        self.size = cells << m
        self.action_space = spaces.Discrete(4)
        self.reward_space = spaces.Box(-1.0, 1.0, (self.num_kinds + 1,), np.float64)
        if self.observation == "index":
            self.observation_space: spaces.Space = spaces.Discrete(self.size)
        else:
            self.observation_space = spaces.MultiBinary([self.num_kinds + 3, *letters.shape])
        bit, gain = np.zeros(cells, dtype=np.int64), np.zeros((cells, self.num_kinds + 1))
        bit[self.items] = 1 << np.arange(m)
        gain[self.items, self.kinds] = 1.0
        planes = np.zeros((self.num_kinds + 3, cells), dtype=np.int8)
        planes[0], planes[1, self.exit] = self._wall.ravel(), 1.0
        self._tables = moves.Tables(
            target=moves.neighbours(self._wall).ravel(),
            bit=bit,  # [cells] of the item that lies there
            gain=gain,  # [cells, K + 1] what it brings
            step=np.eye(self.num_kinds + 1)[-1],
            plane=3 + self.kinds,
            items=self.items,
            planes=planes,
            worth=worth,
        )

    # -- rules -------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        zero = rng.xp.zeros_like(rng.seed[:n])
        return {"cell": zero + self._home, "left": zero + 2 ** len(self.items) - 1}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        after, vector, gone = self._step(state, action)
        reward = vector + 0.0 if self.multi_objective else self._scalar(vector)
        return after, reward, gone, {"reward_vector": vector, "success": gone & (after["left"] == 0)}

    def _step(self, state: State, action: Array) -> tuple[State, Array, Array]:
        """The next state, the reward vector [n, K + 1], and whether the walker left [n]."""
        t = self._tables.beside(state["cell"])
        cell = t["target"][state["cell"] * 4 + action]
        taken = t["bit"][cell] & state["left"]
        vector = t["gain"][cell] * (taken > 0)[:, None] - t["step"]
        return {"cell": cell, "left": state["left"] - taken}, vector, cell == self.exit

    def _scalar(self, vector: Array) -> Array:
        """weights · vector [n], by products and sums in a fixed order: a matrix product may round otherwise."""
        worth = self._tables.beside(vector)["worth"]
        total = vector[:, 0] * worth[0]
        for k in range(1, self.num_kinds + 1):
            total = total + vector[:, k] * worth[k]
        return total

    def look(self, state: State) -> Tree:
        if self.observation == "index":
            return self._index(state)
        cell, left, t = state["cell"], state["left"], self._tables.beside(state["cell"])
        planes, row = moves.canvas(t["planes"], len(cell)), moves.rows_of(cell)
        planes[row, 2, cell] = 1.0
        there = left[:, None] & t["bit"][t["items"]] > 0
        planes[:, t["plane"], t["items"]] = moves.namespace(cell).astype(there, planes.dtype)
        return planes.reshape(len(cell), *self.observation_space.shape)  # type: ignore[misc]

    def _index(self, state: State) -> Array:
        return state["cell"] * 2 ** len(self.items) + state["left"]

    # -- exact -------------------------------------------------------------------------------------------------------

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of the scalar reward: S = cells · 2^items, and the exit is terminal."""

        def outcomes(state: State, action: Array) -> Iterator[moves.Outcome]:
            after, vector, gone = self._step(state, action)
            yield 1.0, after, self._scalar(vector), gone

        first = {"cell": np.array([self._home]), "left": np.array([2 ** len(self.items) - 1])}
        return moves.explore(outcomes, first, actions=4, index=self._index, size=self.size)

    def table_places(self) -> np.ndarray:
        """[S, 2] the row and column of each state of `to_mdp`."""
        cell = np.arange(self.size) >> len(self.items)
        return np.stack(np.divmod(cell, self._wall.shape[1]), axis=1)

    def front(self, steps: int | None = None) -> np.ndarray:
        """The exact Pareto front [F, K + 1] of undiscounted returns of those who leave within `steps` steps.

        Each set of items that can be held at the exit is reached as fast as can be; of these returns, those that no
        other one betters in one objective without being worse in another. Sorted.

        Args:
            steps: at most so many; None for no limit.
        """
        mdp = self.to_mdp()
        onward = mdp.P.indices.reshape(mdp.num_states, 4)  # each action has one successor
        clock = np.full(mdp.num_states, -1)
        front, t = np.flatnonzero(mdp.initial), 0
        clock[front] = 0
        while len(front) and (steps is None or t < steps):
            t += 1
            front = np.unique(onward[front[~mdp.terminal[front]]])
            front = front[clock[front] < 0]
            clock[front] = t
        cell, left = np.divmod(np.arange(mdp.num_states), 2 ** len(self.items))
        out = np.flatnonzero((cell == self.exit) & (clock >= 0))
        taken = ~(left[out, None] >> np.arange(len(self.items)) & 1).astype(bool)
        gains = np.column_stack([taken @ np.eye(self.num_kinds, dtype=np.int64)[self.kinds], -clock[out]]).astype(float)
        gains = np.unique(gains, axis=0)
        better = (gains[:, None] >= gains[None]).all(-1) & (gains[:, None] > gains[None]).any(-1)  # [other, one]
        return gains[~better.any(0)]

    # -- shown -------------------------------------------------------------------------------------------------------

    def _left(self, state: State, i: int) -> np.ndarray:
        """Which items are left [m] bool in row i."""
        return (int(state["left"][i]) >> np.arange(len(self.items)) & 1).astype(bool)

    def draw(self, state: State, i: int) -> np.ndarray:
        board = moves.Board(self._wall)
        side = board.side
        board.tile(self.exit, (196, 222, 196))
        x, y = board.middle(self.exit)
        board.box(x - side * 0.2, y - side * 0.3, side * 0.4, side * 0.68, GREEN, corner=6)
        board.disc(x + side * 0.1, y + side * 0.06, side * 0.05, INK)
        for cell, kind, left in zip(self.items, self.kinds, self._left(state, i), strict=True):
            x, y = board.middle(int(cell))
            if left:
                board.disc(x, y, side * 0.24, _COLOURS[kind])
                board.write(str(kind + 1), x, y - 7, (250, 250, 246), middle=True)
            else:
                board.ring(x, y, side * 0.22, 1.5, FAINT)
        board.walker(int(state["cell"][i]), (70, 76, 92))
        return board.image()

    def text(self, state: State, i: int) -> str:
        marks = np.where(self._wall, "#", ".").ravel()
        marks[self.exit] = "E"
        marks[self.items] = np.where(self._left(state, i), self.kinds + 1, 0).astype(str)
        marks[marks == "0"] = "."
        marks[int(state["cell"][i])] = "A"
        return "\n".join("".join(line) for line in marks.reshape(self._wall.shape))

    def card(self) -> Card:
        steps = int(self.max_episode_steps or 0)
        random, best = moves.returns(self.to_mdp(), steps)
        (height, width), k = self._wall.shape, self.num_kinds
        worth = ", ".join(f"{w:g}" for w in self._tables.on(None)["worth"])
        shape = f"the vector [{k + 1}] itself" if self.multi_objective else f"({worth}) · the vector"
        return Card(
            summary=f"A {height} x {width} map: gather {len(self.items)} items of {k} kinds, and leave by the exit.",
            observation={
                "index": f"cell * {2 ** len(self.items)} + bits of the items that are left, 0..{self.size - 1}"
            }
            if self.observation == "index"
            else {"planes": f"[{k + 3}, {height}, {width}] of 0 and 1: wall, exit, walker, items of each kind"},
            action={"action": moves.MOVES},
            reward=f"{shape}: items taken of each kind, and -1 for the step; "
            f"returns are those of ({worth}) over {steps} steps at most",
            info={
                "reward_vector": f"[{k + 1}] items of each kind taken in this step, 0 or 1, and -1 for the step",
                "success": "True on the step that leaves with every item",
            },
            random_return=random,
            optimal_return=best,
            source="Vamplew et al., Empirical Evaluation Methods for Multiobjective Reinforcement Learning, 2011",
        )
