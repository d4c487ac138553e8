"""Pick and carry: a goal that counts only for who has stopped for the object on the way.

    start → pick (stand still, grasp `hold` times) → goal;    r = 1 at the goal with the object

A walker fetches an object and carries it to a goal. One may walk on without the grasp: the walker's own part of what
an expert shows can then still be matched to the end, though nothing is achieved. Imitation from observations that
weighs late steps as much as early ones falls for it.

Source: Liu, Dong, Hu, Wen, Yin, Zhang, Gao, "Imitation Learning from Observation with Automatic Discount Scheduling",
ICLR 2024 (progress dependency; the world is ours).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables import moves
from rewardlab.envs.picture import GOLD, GREEN
from rewardlab.envs.world import Card, Columns, Rules, State

_LAYOUT = "...P...\n.......\n.......\n.......\nA.....G"


@dataclass
class PickCarry(Rules):
    """One object, one goal, one hand.

    Args:
        layout: the map, a line per row: A the start, P the object, G the goal, # a wall, . free.
        hold: how many grasps in a row at the object close the hand, at least 1; walking off opens it again.
        dependent: whether the goal pays only with the object; False is the preset without dependency, for comparison.
        observation: "index" (Discrete, the number of the state in `to_mdp`) or "vector" (Box [5]).

    Raises:
        BadOption: for a map without exactly one A, P and G that can be reached, or a bad `hold` or `observation`.
    """

    layout: str = _LAYOUT
    hold: int = 2
    dependent: bool = True
    observation: str = "vector"

    torch: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, int]] = {**moves.KEYS, "space": 4}
    max_episode_steps: ClassVar[int | None] = 100

    def __post_init__(self) -> None:
        where = "PickCarry"
        if self.hold < 1:
            raise BadOption(f"hold={self.hold!r}", where=where, expected="at least 1", mend="hold=2")
        if self.observation not in ("index", "vector"):
            raise BadOption(f"observation={self.observation!r}", where=where, expected='"index" or "vector"')
        letters = moves.chart(self.layout, "APG#.", where=where)
        self._wall = letters == "#"
        self._home, self.pick, self.goal = (moves.only(letters, letter, where=where) for letter in "APG")
        target = moves.neighbours(self._wall)
        self._to_pick, self._to_goal = moves.distances(target, self.pick), moves.distances(target, self.goal)
        for name, cell, way in (("object", self._home, self._to_pick), ("goal", self.pick, self._to_goal)):
            if np.isinf(way[cell]):
                raise BadOption(f"layout whose {name} cannot be reached", where=where, expected="a way to it")
        height, width = letters.shape
        self.size = letters.size * (self.hold + 1)
        self.action_space = spaces.Discrete(5)
        if self.observation == "index":
            self.observation_space: spaces.Space = spaces.Discrete(self.size)
        else:
            self.observation_space = spaces.Box(0.0, 1.0, (5,), np.float32)
        table = np.concatenate([target, np.arange(letters.size)[:, None]], axis=1)  # the fifth is the grasp
        row, column = np.divmod(np.arange(letters.size), width)
        place = np.stack([row / max(height - 1, 1), column / max(width - 1, 1)], axis=1)
        self._tables = moves.Tables(target=table.ravel(), place=place.astype(np.float32))

    # -- rules -------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        zero = rng.xp.zeros_like(rng.seed[:n])
        return {"cell": zero + self._home, "grip": zero}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        after, won = self._step(state, action)
        columns = {"carrying": after["grip"] == self.hold, "success": won}
        return after, rng.xp.astype(won, rng.xp.float64), won + False, columns

    def _step(self, state: State, action: Array) -> tuple[State, Array]:
        """The next state, and whether it ends with a reward [n]."""
        cell, grip = state["cell"], state["grip"]
        carrying = grip == self.hold
        grasps = (action == 4) & (cell == self.pick) & ~carrying
        grip = carrying * self.hold + grasps * (grip + 1)
        cell = self._tables.beside(cell)["target"][cell * 5 + action]
        won = cell == self.goal
        return {"cell": cell, "grip": grip}, won & (grip == self.hold) if self.dependent else won

    def look(self, state: State) -> Tree:
        if self.observation == "index":
            return self._index(state)
        place = self._tables.beside(state["cell"])["place"]
        xp, carrying = moves.namespace(state["cell"]), state["grip"] == self.hold
        held = xp.where(carrying, state["cell"], state["cell"] * 0 + self.pick)
        grip = xp.astype(state["grip"], xp.float32)[:, None] / self.hold
        return xp.concat([place[state["cell"]], place[held], grip], axis=1)

    def _index(self, state: State) -> Array:
        return state["cell"] * (self.hold + 1) + state["grip"]

    # -- exact -------------------------------------------------------------------------------------------------------

    def to_mdp(self) -> Any:
        """The exact `TabularMDP`: S = cells · (hold + 1), number cell * (hold + 1) + grip; the goal is terminal."""

        def outcomes(state: State, action: Array) -> Iterator[moves.Outcome]:
            after, won = self._step(state, action)
            yield 1.0, after, won * 1.0, won

        first = {"cell": np.array([self._home]), "grip": np.array([0])}
        return moves.explore(outcomes, first, actions=5, index=self._index, size=self.size)

    def demonstrations(self, count: int, *, seed: int = 0) -> list[np.ndarray]:
        """What a scripted expert shows, without its actions.

        It fetches the object and carries it to the goal on shortest ways, drawn among equally short ones.

        Args:
            count: of demonstrations, at least 1.
            seed: of the ways.

        Returns:
            observations [T + 1, 5], or [T + 1] for "index", of each; the first is the start, the last the goal.

        Raises:
            BadOption: for a count below 1.
        """
        if count < 1:
            raise BadOption(f"count={count!r}", where="PickCarry.demonstrations", expected="at least 1")
        rng = np.random.default_rng(seed)
        target = self._tables.on(None)["target"].reshape(-1, 5)
        shown = []
        for _ in range(count):
            state: State = {"cell": np.array([self._home]), "grip": np.array([0])}
            seen, won = [self.look(state)[0]], False
            while not won:
                cell = int(state["cell"][0])
                way = self._to_goal if state["grip"][0] == self.hold else self._to_pick
                after = way[target[cell, :4]]
                action = 4 if way[cell] == 0 else int(rng.choice(np.flatnonzero(after == after.min())))
                state, done = self._step(state, np.array([action]))
                won = bool(done[0]) or bool(state["grip"][0] == self.hold and state["cell"][0] == self.goal)
                seen.append(self.look(state)[0])
            shown.append(np.stack(seen))
        return shown

    # -- shown -------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        board = moves.Board(self._wall)
        cell, grip, side = int(state["cell"][i]), int(state["grip"][i]), board.side
        board.tile(self.goal, (186, 220, 186))
        x, y = board.middle(self.goal)
        board.ring(x, y, side * 0.3, side * 0.06, GREEN)
        board.tile(self.pick, (246, 228, 178))
        if grip == self.hold:
            board.walker(cell)
            x, y = board.middle(cell)
            board.box(x - side * 0.14, y + side * 0.1, side * 0.28, side * 0.28, GOLD, corner=4)
        else:
            x, y = board.middle(self.pick)
            board.box(x - side * 0.3, y - side * 0.3, side * 0.6, side * 0.6, GOLD, corner=6)
            board.walker(cell)
            for k in range(grip):
                x, y = board.middle(cell)
                board.disc(x + (k - 0.5 * (grip - 1)) * side * 0.2, y + side * 0.18, side * 0.07, GOLD)
        return board.image()

    def text(self, state: State, i: int) -> str:
        marks = np.where(self._wall, "#", ".").ravel()
        carrying = int(state["grip"][i]) == self.hold
        marks[self.goal] = "G"
        marks[self.pick] = "." if carrying else "P"
        marks[int(state["cell"][i])] = "@" if carrying else "A"
        picture = "\n".join("".join(line) for line in marks.reshape(self._wall.shape))
        return f"{picture}\ngrip {int(state['grip'][i])} of {self.hold}"

    def card(self) -> Card:
        steps = int(self.max_episode_steps or 0)
        random, best = moves.returns(self.to_mdp(), steps)
        height, width = self._wall.shape
        need = "with the object in hand" if self.dependent else "with or without the object"
        return Card(
            summary=f"A {height} x {width} map: stop at the object, grasp it {self.hold} times, carry it to the goal.",
            observation={"index": f"cell * {self.hold + 1} + grip, 0..{self.size - 1}"}
            if self.observation == "index"
            else {
                "row, column": "of the walker, 0..1 from the top left",
                "object row, object column": "0..1; the walker's once it is carried",
                "grip": f"grasps in a row / {self.hold}, 0..1; 1 is carrying",
            },
            action={"action": f"{moves.MOVES}, 4 grasp (stands still)"},
            reward=f"1 at the goal {need}, which ends the episode; returns are those of {steps} steps at most",
            info={"carrying": "True while the object is in hand", "success": "True on the step that pays"},
            random_return=random,
            optimal_return=best,
            source="Liu et al., Imitation Learning from Observation with Automatic Discount Scheduling, ICLR 2024",
        )
