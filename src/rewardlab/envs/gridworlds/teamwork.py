"""Teamwork: two agents who must open doors for each other, and carry together what is too heavy for one.

    r = 1, for both, when the crate stands on its goal

A door is open while its plate is pressed, by an agent or by the crate, and each agent begins behind the door whose
plate the other can reach. The crate moves one cell when both stand beside it and go the same way. Neither agent alone
can do any of it, so that random play hardly ever sees a reward.

Source: Lowe, Wu, Tamar, Harb, Abbeel, Mordatch, "Multi-Agent Actor-Critic for Mixed Cooperative-Competitive
Environments", NeurIPS 2017 (cooperation with a shared reward; the world is ours).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, array
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables import moves
from rewardlab.envs.picture import GREEN
from rewardlab.envs.world import Card, Columns, Rules, State

_LAYOUT = "#######\n#ap#.b#\n##Q##P#\n#q...p#\n#g..x.#\n#######"
_AGENTS = ((210, 60, 50), (52, 101, 164))
_MOST = 50_000  # states of which the exact process is still made


@dataclass
class Teamwork(Rules):
    """Two agents, two doors, one crate.

    Args:
        layout: the map, a line per row: a and b the agents, x the crate, g its goal, # a wall, . free; P and Q doors,
            which are open while an agent or the crate stands on a plate p or q.
        observation: "planes" (MultiBinary [7, height, width]) or "index" (Discrete, the state's number in `to_mdp`).

    Raises:
        BadOption: for a map without exactly one of a, b, x and g, with a door without plates, or free cells at its
            border.
    """

    layout: str = _LAYOUT
    observation: str = "planes"

    torch: ClassVar[bool] = True
    max_episode_steps: ClassVar[int | None] = 200

    def __post_init__(self) -> None:
        where = "Teamwork"
        if self.observation not in ("index", "planes"):
            raise BadOption(f"observation={self.observation!r}", where=where, expected='"index" or "planes"')
        letters = moves.chart(self.layout, "abxgpPqQ#.", where=where)
        flat = letters.ravel()
        self._wall = letters == "#"
        self._first = [moves.only(letters, letter, where=where) for letter in "abx"]
        self.goal = moves.only(letters, "g", where=where)
        for door in "PQ":
            if door in flat and door.lower() not in flat:
                raise BadOption(f"layout with door {door} but no plate {door.lower()}", where=where, expected="both")
        self._plate = np.stack([flat == "p", flat == "q"], axis=1)  # [cells, 2]
        self._door = np.stack([flat == "P", flat == "Q"], axis=1)
        self._doors = [np.flatnonzero(column).tolist() for column in self._door.T]
        rank = np.cumsum(flat != "#") - 1
        self._free = int((flat != "#").sum())
        self.size = self._free**3
        self.action_space = spaces.MultiDiscrete([5, 5])
        if self.observation == "index":
            self.observation_space: spaces.Space = spaces.Discrete(self.size)
        else:
            self.observation_space = spaces.MultiBinary([7, *letters.shape])
        target = np.concatenate([moves.neighbours(self._wall), np.arange(flat.size)[:, None]], axis=1)  # 4 stays
        beside = np.zeros((flat.size, flat.size), dtype=bool)
        np.put_along_axis(beside, target, True, 1)
        planes = np.zeros((7, flat.size), dtype=np.int8)
        planes[0], planes[2], planes[3, self.goal] = self._wall.ravel(), self._plate.any(1), 1.0
        self._tables = moves.Tables(
            target=target.ravel(),
            beside=beside & ~np.eye(flat.size, dtype=bool),
            plate=self._plate,
            door=self._door,
            rank=rank,
            planes=planes,
        )

    # -- rules -------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        zero = rng.xp.zeros_like(rng.seed[:n])
        return {name: zero + cell for name, cell in zip(("a", "b", "crate"), self._first, strict=True)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        after, carried = self._step(state, action[:, 0], action[:, 1])
        won = after["crate"] == self.goal
        moved = rng.xp.stack([after["a"] != state["a"], after["b"] != state["b"]], axis=1)
        columns = {"moved": moved, "carried": carried, "open": self._opened(after), "success": won + False}
        return after, rng.xp.astype(won, rng.xp.float64), won, columns

    def _opened(self, state: State) -> Array:
        """Which of the doors P and Q are open [n, 2]."""
        plate = self._tables.beside(state["a"])["plate"]
        return plate[state["a"]] | plate[state["b"]] | plate[state["crate"]]

    def _step(self, state: State, act_a: Array, act_b: Array) -> tuple[State, Array]:
        """The next state, and whether the crate was carried [n]."""
        a, b, crate = state["a"], state["b"], state["crate"]
        xp, t = moves.namespace(a), self._tables.beside(a)
        shut = ~self._opened(state)

        def free(cell: Array) -> Array:
            closed = t["door"][cell] & shut
            return ~(closed[:, 0] | closed[:, 1])

        to_a, to_b, to_crate = t["target"][a * 5 + act_a], t["target"][b * 5 + act_b], t["target"][crate * 5 + act_a]
        can_a, can_b = free(to_a), free(to_b)
        together = t["beside"][crate, a] & t["beside"][crate, b] & (act_a == act_b)
        carried = together & (to_a != a) & (to_b != b) & (to_crate != crate) & can_a & can_b & free(to_crate)
        # Each for itself: the crate is in the way, and nobody enters a cell that the other keeps, seeks or comes from.
        own_a = xp.where(can_a & (to_a != crate), to_a, a)
        own_b = xp.where(can_b & (to_b != crate), to_b, b)
        clash = (own_a == own_b) | ((own_a == b) & (own_b == a))
        own_a, own_b = xp.where(clash, a, own_a), xp.where(clash, b, own_b)
        after = {
            "a": xp.where(carried, to_a, own_a),
            "b": xp.where(carried, to_b, own_b),
            "crate": xp.where(carried, to_crate, crate),
        }
        return after, carried

    def look(self, state: State) -> Tree:
        if self.observation == "index":
            return self._index(state)
        a, b, crate = state["a"], state["b"], state["crate"]
        row, planes = moves.rows_of(a), moves.canvas(self._tables.beside(a)["planes"], len(a))
        shut = moves.namespace(a).astype(~self._opened(state), planes.dtype)
        for k, cells in enumerate(self._doors):
            for cell in cells:
                planes[:, 1, cell] = shut[:, k]
        for plane, cell in ((4, crate), (5, a), (6, b)):
            planes[row, plane, cell] = 1
        return planes.reshape(len(a), *self.observation_space.shape)  # type: ignore[misc]

    def _index(self, state: State) -> Array:
        rank = self._tables.beside(state["a"])["rank"]
        return (rank[state["a"]] * self._free + rank[state["b"]]) * self._free + rank[state["crate"]]

    # -- exact -------------------------------------------------------------------------------------------------------

    def to_mdp(self) -> Any:
        """The exact `TabularMDP`: action 5 · (action of a) + (action of b), S = free cells³; the goal is terminal.

        Raises:
            BadOption: for more than 50,000 states.
        """
        if self.size > _MOST:
            raise BadOption(f"{self.size} states", where="Teamwork.to_mdp", expected=f"at most {_MOST}: a smaller map")

        def outcomes(state: State, action: Array) -> Iterator[moves.Outcome]:
            after, _ = self._step(state, action // 5, action % 5)
            won = after["crate"] == self.goal
            yield 1.0, after, won * 1.0, won

        first = {name: np.array([cell]) for name, cell in zip(("a", "b", "crate"), self._first, strict=True)}
        return moves.explore(outcomes, first, actions=25, index=self._index, size=self.size)

    # -- shown -------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        board = moves.Board(self._wall)
        side, opened = board.side, array(self._opened(state)[i])
        board.tile(self.goal, (186, 220, 186))
        board.ring(*board.middle(self.goal), side * 0.3, side * 0.06, GREEN)
        for k, (plain, dark) in enumerate((((246, 214, 140), (196, 140, 40)), ((206, 190, 232), (116, 84, 164)))):
            for cell in np.flatnonzero(self._plate[:, k]):
                board.tile(int(cell), dark if opened[k] else plain, share=0.6)
            for cell in np.flatnonzero(self._door[:, k]):
                board.tile(int(cell), plain)
                if not opened[k]:
                    board.tile(int(cell), dark, share=0.8)
                    x, y = board.middle(int(cell))
                    board.disc(x + side * 0.2, y, side * 0.06, (250, 250, 246))
        board.tile(int(state["crate"][i]), (120, 82, 40), share=0.84)
        board.tile(int(state["crate"][i]), (198, 146, 84), share=0.7)
        for name, colour in zip("ab", _AGENTS, strict=True):
            board.walker(int(state[name][i]), colour)
            x, y = board.middle(int(state[name][i]))
            board.write(name, x, y - 1, (250, 250, 246), middle=True)
        return board.image()

    def text(self, state: State, i: int) -> str:
        marks = np.where(self._wall, "#", ".").ravel()
        for k, letter in enumerate("pq"):
            marks[self._plate[:, k]] = letter
            marks[self._door[:, k]] = "/" if array(self._opened(state)[i])[k] else letter.upper()
        marks[self.goal] = "g"
        for name, letter in (("crate", "x"), ("a", "a"), ("b", "b")):
            marks[int(state[name][i])] = letter
        return "\n".join("".join(line) for line in marks.reshape(self._wall.shape))

    def card(self) -> Card:
        steps, (height, width) = int(self.max_episode_steps or 0), self._wall.shape
        random, best = moves.returns(self.to_mdp(), steps) if self.size <= _MOST else (None, None)
        return Card(
            summary=f"A {height} x {width} map: two agents open doors for each other and carry a crate to its goal.",
            observation={"index": f"(cell of a, of b, of the crate) among {self._free} free ones, 0..{self.size - 1}"}
            if self.observation == "index"
            else {"planes": f"[7, {height}, {width}] of 0 and 1: wall, shut door, plate, goal, crate, agents a and b"},
            action={"[0]": f"of agent a: {moves.MOVES}, 4 stay", "[1]": "of agent b, likewise"},
            reward=f"1, shared, when the crate comes to its goal; returns are those of {steps} steps at most",
            info={
                "moved": "[2] bool, whether agent a and agent b changed their cells",
                "carried": "True if both moved the crate",
                "open": "[2] bool, whether the doors P and Q are open after the step",
                "success": "True on the step that pays",
            },
            random_return=random,
            optimal_return=best,
            source="Lowe et al., Multi-Agent Actor-Critic for Mixed Environments, NeurIPS 2017 (kind of task)",
        )
