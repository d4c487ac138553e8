"""Sweep team: one holds the broom, the other the pan, and rubbish goes only if both act on it in the same step.

    r = 1 for each piece of rubbish on which broom and pan meet in a step

Two players on a small map. The tools hang on racks, one of each, so that the players must share out the roles; a
broom without a pan beside it moves nothing. Within a step player 0 acts first. The whole process is a small table.

Source: Mandi, Jain, Song, "RoCo: Dialectic Multi-Robot Collaboration with Large Language Models", ICRA 2024 (the kind
of task); Zhang, Yang, Bai, Wu, Li, Wang, Li, "Towards Efficient LLM Grounding for Embodied Multi-Agent Collaboration",
Findings of ACL 2025 (advantages of one player after the other; the map is ours).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.games import grid
from rewardlab.envs.lookup import Tables
from rewardlab.envs.world import Card, Columns, Rules, State

_LAYOUT = "#B#P#\n#a.b#\n#...#\n#r.r#\n#####"
_MOST = 50_000  # states of which the exact process is still made
NOTHING, BROOM, PAN = 0, 1, 2


@dataclass
class SweepTeam(Rules):
    """Two sweepers.

    Args:
        layout: the map, a line per row: a and b the players, B the broom's rack, P the pan's, r rubbish, # a wall,
            . floor. Rubbish is in the way until it is swept.
        observation: "index" (Discrete, the state's number in `to_mdp`) or "one_hot" (MultiBinary).

    Raises:
        BadOption: for a map without exactly one of a, b, B and P, without rubbish, or with floor at its border.
    """

    layout: str = _LAYOUT
    observation: str = "index"

    torch: ClassVar[bool] = True
    max_episode_steps: ClassVar[int | None] = 100

    def __post_init__(self) -> None:
        where = "SweepTeam"
        if self.observation not in ("index", "one_hot"):
            raise BadOption(f"observation={self.observation!r}", where=where, expected='"index" or "one_hot"')
        letters = grid.chart(self.layout, "abBPr#.", where=where)
        self._letters, flat = letters, letters.ravel()
        grid.check_border(np.isin(letters, list("abr.")), where=where)
        self._first = np.array([[grid.only(letters, letter, where=where) for letter in "ab"]])
        self._rack = np.array([grid.only(letters, "B", where=where), grid.only(letters, "P", where=where)])
        self.rubbish = np.flatnonzero(flat == "r")
        if not 1 <= len(self.rubbish) <= 8:
            raise BadOption(f"layout with {len(self.rubbish)} times 'r'", where=where, expected="1 to 8")
        free = np.isin(flat, list("abr."))
        piece = np.full(flat.size, -1)
        piece[self.rubbish] = np.arange(len(self.rubbish))
        self._cells = int(free.sum())
        self._tables = Tables(
            target=grid.neighbours(*letters.shape), free=free, rank=np.cumsum(free) - 1, piece=piece,
            first=self._first, number=np.arange(len(self.rubbish)), tool=np.arange(3), cell=np.arange(self._cells),
        )  # fmt: skip
        self.size = self._cells**2 * 9 * 2 ** len(self.rubbish)
        self.action_space = spaces.MultiDiscrete([5, 5])
        if self.observation == "index":
            self.observation_space: spaces.Space = spaces.Discrete(self.size)
        else:
            self.observation_space = spaces.MultiBinary(2 * self._cells + 6 + len(self.rubbish))

    # -- rules -------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        return self.begin(n, rng.device)

    def begin(self, n: int, device: Any = None) -> State:
        """n first states: cells [n, 2], what is held [n, 2], and rubbish [n, pieces] bool."""
        first = self._tables(device)["first"]
        xp = namespace(first)
        return {
            "cell": first + xp.zeros((n, 2), dtype=xp.int64, device=device),
            "held": xp.zeros((n, 2), dtype=xp.int64, device=device),
            "rubbish": xp.ones((n, len(self.rubbish)), dtype=xp.bool, device=device),
        }

    def act(self, state: State, player: int, action: Array) -> tuple[State, Array, Array]:
        """One player's part of a step: the state after it, the piece it works on [n] or -1, whether it is legal [n].

        Waiting is legal, and so is working on rubbish with a tool, even alone; else an action that changes nothing is
        not.
        """
        xp, t = namespace(action), self._tables.beside(action)
        cell, held = (xp.asarray(state[key], copy=True) for key in ("cell", "held"))
        here, mine, other = state["cell"][:, player], state["held"][:, player], state["held"][:, 1 - player]
        to = t["target"][here, action]
        waits = action == grid.WAIT
        piece = t["piece"][to]
        dirty = xp.any((piece[:, None] == t["number"]) & state["rubbish"], axis=1)
        goes = ~waits & t["free"][to] & ~dirty & (to != cell[:, 1 - player])
        cell[:, player] = xp.where(goes, to, here)
        changes, now = goes, mine
        for tool, rack in zip((BROOM, PAN), self._rack.tolist(), strict=True):
            at = ~waits & (to == rack)
            takes = at & (mine == NOTHING) & (other != tool)
            back = at & (mine == tool)
            now = xp.where(takes, tool, xp.where(back, NOTHING, now))
            changes = changes | takes | back
        held[:, player] = now
        works = ~waits & dirty & (mine != NOTHING)
        after = {"cell": cell, "held": held, "rubbish": state["rubbish"]}
        return after, xp.where(works, piece, -1), waits | changes | works

    def step(self, state: State, first: Array, second: Array) -> tuple[State, Array, Array]:
        """Both parts of a step: next state, pieces swept [n] (0 or 1), whether each was legal [n, 2]."""
        xp, t = namespace(first), self._tables.beside(first)
        state, one, legal_one = self.act(state, 0, first)
        state, two, legal_two = self.act(state, 1, second)
        # who works holds a tool, and there is one of each
        swept = (one >= 0) & (one == two)
        rubbish = state["rubbish"] & ~(swept[:, None] & (one[:, None] == t["number"]))
        return {**state, "rubbish": rubbish}, swept, xp.stack([legal_one, legal_two], axis=1)

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp = rng.xp
        after, swept, legal = self.step(state, action[:, 0], action[:, 1])
        done = ~xp.any(after["rubbish"], axis=1)
        columns = {
            "swept": swept,
            "illegal": ~legal,
            "held": xp.asarray(after["held"], copy=True),
            "left": xp.sum(xp.astype(after["rubbish"], xp.int64), axis=1),
            "success": xp.asarray(done, copy=True),
        }
        return after, xp.astype(swept, xp.float64), done, columns

    def look(self, state: State) -> Tree:
        if self.observation == "index":
            return self.index(state)
        xp, t = namespace(state["cell"]), self._tables.beside(state["cell"])
        rank = t["rank"][state["cell"]]
        parts = [rank[:, p, None] == t["cell"] for p in (0, 1)]
        parts += [state["held"][:, p, None] == t["tool"] for p in (0, 1)]
        return xp.astype(xp.concat([*parts, state["rubbish"]], axis=1), xp.int8)

    def index(self, state: State) -> Array:
        """[n] the numbers of states: cells of both, tools of both, then a bit for each piece that lies there."""
        rank, held = self._tables.beside(state["cell"])["rank"][state["cell"]], state["held"]
        code = (rank[:, 0] * self._cells + rank[:, 1]) * 9 + held[:, 0] * 3 + held[:, 1]
        for k in range(len(self.rubbish)):
            code = code * 2 + state["rubbish"][:, k]
        return code

    # -- exact -------------------------------------------------------------------------------------------------------

    def to_mdp(self) -> Any:
        """The exact `TabularMDP`: action 5 · (of player 0) + (of player 1); clean floors are terminal.

        Raises:
            BadOption: for more than 50,000 states.
        """
        if self.size > _MOST:
            raise BadOption(f"{self.size} states", where="SweepTeam.to_mdp", expected=f"at most {_MOST}: a smaller map")

        def outcomes(state: State, action: Array) -> Iterator[grid.Outcome]:
            after, swept, _ = self.step(state, action // 5, action % 5)
            yield 1.0, after, swept.astype(np.float64), ~after["rubbish"].any(1)

        return grid.explore(outcomes, self.begin(1), actions=25, index=self.index, size=self.size)

    # -- shown -------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        board = grid.Board(self._letters == "#", side=64)
        held = state["held"][i]
        for tool, (rack, letter) in enumerate(zip(self._rack, "BP", strict=True), start=1):
            board.tile(int(rack), (196, 166, 120))
            if tool not in held:
                board.letter(int(rack), letter, (40, 46, 58))
        for piece, cell in enumerate(self.rubbish):
            if state["rubbish"][i, piece]:
                x, y = board.middle(int(cell))
                for dx, dy in ((-0.18, 0.1), (0.12, 0.16), (0.0, -0.14)):
                    board.disc(x + dx * board.side, y + dy * board.side, board.side * 0.13, (122, 96, 60))
        for player in (0, 1):
            board.player(int(state["cell"][i, player]), player, held=" BP"[held[player]].strip())
        return board.image()

    def text(self, state: State, i: int) -> str:
        marks = np.where(np.isin(self._letters, list("abr")), ".", self._letters).ravel()
        for piece, cell in enumerate(self.rubbish):
            marks[cell] = "r" if state["rubbish"][i, piece] else "."
        for player in (0, 1):
            marks[state["cell"][i, player]] = str(player)
        lines = ["".join(line) for line in marks.reshape(self._letters.shape)]
        names = ("nothing", "the broom", "the pan")
        return "\n".join([*lines, *(f"player {p} holds {names[state['held'][i, p]]}" for p in (0, 1))])

    def card(self) -> Card:
        pieces, c = len(self.rubbish), self._cells
        height, width = self._letters.shape
        small = self.size <= _MOST
        random, best = grid.returns(self.to_mdp(), int(self.max_episode_steps or 0)) if small else (None, None)
        return Card(
            summary=f"A {height} x {width} map: broom and pan must meet on each of {pieces} pieces of rubbish.",
            observation={"index": f"cells and tools of both players and what lies there, 0..{self.size - 1}"}
            if self.observation == "index"
            else {"one_hot": f"cell of each player ({c} bits each), tool of each (3 bits each), a bit for each piece"},
            action={"[0]": f"of player 0, who acts first: {grid.MOVES}, 4 wait", "[1]": "of player 1, likewise"},
            reward="1, shared, for a piece of rubbish that is swept; returns are those of 100 steps",
            info={
                "swept": "True if a piece was swept in this step",
                "illegal": "[2] bool, an action other than to wait or to work that changed nothing",
                "held": "[2] 0 nothing, 1 the broom, 2 the pan",
                "left": f"pieces that still lie there, 0..{pieces}",
                "success": "True when all is clean",
            },
            random_return=random,
            optimal_return=best,
            source="Mandi, Jain, Song, RoCo: Dialectic Multi-Robot Collaboration, ICRA 2024 (kind of task)",
        )
