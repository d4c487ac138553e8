"""Mini Overcooked: two cooks who fetch onions, wait for the pot, and serve soup, in each other's way.

    onions → pot (K of them) → T steps of cooking → plate → serve:    r = 1 for each soup served

One walks against a station to use it: O gives an onion (and takes it back), D a plate, P is the pot, S takes the soup.
Within a step cook 0 acts first, so that cook 1 may enter the cell that it left. An action that changes nothing, other
than to wait, is reported as illegal.

Source: Carroll, Shah, Ho, Griffiths, Seshia, Abbeel, Dragan, "On the Utility of Learning about Humans for Human-AI
Coordination", NeurIPS 2019, Section 4 (the game, here on 5 × 5 cells and without directions).
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

_LAYOUT = "##P##\nOa.bO\n#...#\n#...#\n#D#S#"
_MOST = 60_000  # states of which the exact process is still made
NOTHING, ONION, PLATE, SOUP = 0, 1, 2, 3
_ITEMS = ("nothing", "an onion", "a plate", "soup")


@dataclass
class MiniOvercooked(Rules):
    """Two cooks and one pot.

    Args:
        layout: the map, a line per row: a and b the cooks, P the pot, O onions, D plates, S where soup is served, # a
            wall, . floor.
        onions: K >= 1, onions of a soup.
        cooking: T >= 0, steps from the last onion until the soup is ready.
        orders: soups to serve, >= 1; the last one ends the episode.
        observation: "index" (Discrete, the state's number in `to_mdp`) or "one_hot" (MultiBinary).

    Raises:
        BadOption: for a number out of range, a map without exactly one of a, b and P, without O, D or S, or with floor
            at its border.
    """

    layout: str = _LAYOUT
    onions: int = 3
    cooking: int = 5
    orders: int = 3
    observation: str = "one_hot"

    torch: ClassVar[bool] = True
    max_episode_steps: ClassVar[int | None] = 200

    def __post_init__(self) -> None:
        where = "MiniOvercooked"
        for name, least in (("onions", 1), ("cooking", 0), ("orders", 1)):
            if getattr(self, name) < least:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"at least {least}")
        if self.observation not in ("index", "one_hot"):
            raise BadOption(f"observation={self.observation!r}", where=where, expected='"index" or "one_hot"')
        letters = grid.chart(self.layout, "abPODS#.", where=where)
        self._letters, flat = letters, letters.ravel()
        self._free = np.isin(flat, list("ab."))
        grid.check_border(self._free.reshape(letters.shape), where=where)
        self._first = np.array([[grid.only(letters, letter, where=where) for letter in "ab"]])
        self._pot = grid.only(letters, "P", where=where)
        for letter in "ODS":
            if letter not in flat:
                raise BadOption(f"layout without {letter}", where=where, expected="at least one each of O, D and S")
        self._target = grid.neighbours(*letters.shape)
        self._is = {letter: flat == letter for letter in "PODS"}
        self._way = {letter: grid.distances(self._target, self._free, at) for letter, at in self._is.items()}
        self._cells = int(self._free.sum())
        self._ready = self.onions + self.cooking  # the pot counts onions, then steps of cooking
        self._tables = Tables(
            target=self._target, free=self._free, rank=np.cumsum(self._free) - 1, first=self._first, **self._is,
            cell=np.arange(self._cells), item=np.arange(4), pot=np.arange(self._ready + 1),
            order=np.arange(self.orders + 1),
        )  # fmt: skip
        self.size = self._cells**2 * 16 * (self._ready + 1) * (self.orders + 1)
        self.action_space = spaces.MultiDiscrete([5, 5])
        if self.observation == "index":
            self.observation_space: spaces.Space = spaces.Discrete(self.size)
        else:
            bits = 2 * self._cells + 8 + self._ready + 1 + self.orders + 1
            self.observation_space = spaces.MultiBinary(bits)

    # -- rules -------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        return self.begin(n, rng.device)

    def begin(self, n: int, device: Any = None) -> State:
        """n first states: cells [n, 2], what is held [n, 2], the pot [n], soups served [n]."""
        first = self._tables(device)["first"]
        xp = namespace(first)
        zero = xp.zeros(n, dtype=xp.int64, device=device)
        return {
            "cell": first + zero[:, None],
            "held": xp.stack([zero, zero], axis=1),
            "pot": zero,
            "served": zero + 0,
        }

    def act(self, state: State, player: int, action: Array) -> tuple[State, Array]:
        """One cook's part of a step: the state after it, and whether the action was legal [n]."""
        xp, t = namespace(action), self._tables.beside(action)
        cell, held = (xp.asarray(state[key], copy=True) for key in ("cell", "held"))
        here, mine, pot = state["cell"][:, player], state["held"][:, player], state["pot"]
        to = t["target"][here, action]
        acts = action != grid.WAIT
        goes = acts & t["free"][to] & (to != cell[:, 1 - player])
        cell[:, player] = xp.where(goes, to, here)
        at = {letter: acts & t[letter][to] for letter in self._is}
        empty = mine == NOTHING
        takes_onion, takes_plate = at["O"] & empty, at["D"] & empty
        back = (at["O"] & (mine == ONION)) | (at["D"] & (mine == PLATE))
        fills = at["P"] & (mine == ONION) & (pot < self.onions)
        ladles = at["P"] & (mine == PLATE) & (pot == self._ready)
        serves = at["S"] & (mine == SOUP)
        lets_go = back | fills | serves
        item = xp.where(takes_onion, ONION, xp.where(takes_plate, PLATE, xp.where(ladles, SOUP, mine)))
        held[:, player] = xp.where(lets_go, NOTHING, item)
        after = {
            "cell": cell,
            "held": held,
            "pot": xp.where(ladles, 0, pot + fills),
            "served": state["served"] + serves,
        }
        return after, ~acts | goes | takes_onion | takes_plate | ladles | lets_go

    def step(self, state: State, first: Array, second: Array) -> tuple[State, Array]:
        """Both parts of a step, then a step of cooking: the next state, and whether each was legal [n, 2]."""
        xp = namespace(first)
        cooks = (state["pot"] >= self.onions) & (state["pot"] < self._ready)
        after, legal_first = self.act(state, 0, first)
        after, legal_second = self.act(after, 1, second)
        # nobody can touch a pot that cooks; beyond the last order nothing is counted
        served = xp.where(after["served"] > self.orders, self.orders, after["served"])
        return {**after, "pot": after["pot"] + cooks, "served": served}, xp.stack([legal_first, legal_second], axis=1)

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp = rng.xp
        after, legal = self.step(state, action[:, 0], action[:, 1])
        delivered = after["served"] - state["served"]
        done = after["served"] == self.orders
        columns = {
            "delivered": delivered,
            "illegal": ~legal,
            "held": xp.asarray(after["held"], copy=True),
            "pot": xp.asarray(after["pot"], copy=True),
            "success": xp.asarray(done, copy=True),
        }
        return after, xp.astype(delivered, xp.float64), done, columns

    def look(self, state: State) -> Tree:
        if self.observation == "index":
            return self.index(state)
        xp, t, held = namespace(state["pot"]), self._tables.beside(state["pot"]), state["held"]
        rank = t["rank"][state["cell"]]
        parts = [rank[:, p, None] == t["cell"] for p in (0, 1)]
        parts += [held[:, p, None] == t["item"] for p in (0, 1)]
        parts.append(state["pot"][:, None] == t["pot"])
        parts.append(state["served"][:, None] == t["order"])
        return xp.astype(xp.concat(parts, axis=1), xp.int8)

    def index(self, state: State) -> Array:
        """[n] the numbers of states: cells of both, what both hold, the pot, soups served."""
        rank, held = self._tables.beside(state["cell"])["rank"][state["cell"]], state["held"]
        code = ((rank[:, 0] * self._cells + rank[:, 1]) * 4 + held[:, 0]) * 4 + held[:, 1]
        return (code * (self._ready + 1) + state["pot"]) * (self.orders + 1) + state["served"]

    # -- a planner ---------------------------------------------------------------------------------------------------

    def legal(self, state: State, player: int) -> Array:
        """[n, 5] bool: the actions that would change something now, and to wait."""
        n = len(state["pot"])
        return np.stack([self.act(state, player, np.full(n, a))[1] for a in range(5)], axis=1)

    def useful(self, state: State, player: int) -> Array:
        """[n] a sensible action: the next step towards what the soup needs and the other does not bring.

        Who has nothing to do leaves the cells beside the pot, and waits.
        """
        mine, other, pot = state["held"][:, player], state["held"][:, 1 - player], state["pot"]
        missing = self.onions - pot - (other == ONION)
        fetch = np.where(missing > 0, 0, np.where((other == PLATE) | (other == SOUP), -1, 1))
        carry = np.where(pot < self.onions, 2, 0)  # an onion too many goes back
        plate = np.where(pot >= self.onions, 2, -1)
        goal = np.select([mine == SOUP, mine == PLATE, mine == ONION], [3, plate, carry], fetch)  # into "ODPS"
        ways = np.stack([self._way[letter] for letter in "ODPS"])  # [4, cells]
        there = self._target[state["cell"][:, player]]  # [n, 5]
        length = ways[goal[:, None], there] + (0, 0, 0, 0, 1.5)  # rather step aside than wait for one who waits too
        taken = there == state["cell"][:, 1 - player, None]
        action = np.where(taken, np.inf, length).argmin(1)
        waits = (goal == 2) & (mine == PLATE) & (pot < self._ready) & (length.min(1) == 0)
        aside = np.where(self._free[there] & ~taken, ways[2, there], -1.0).argmax(1)  # out of the way to the pot
        idle = np.where(ways[2, there[:, grid.WAIT]] <= 1, aside, grid.WAIT)
        return np.where(goal < 0, idle, np.where(waits, grid.WAIT, action))

    def propose(self, state: State, player: int, generator: np.random.Generator, *, share: float = 0.5) -> Array:
        """[n] actions of a planner that is often wrong: a useful one with probability `share`, else any legal one."""
        n = len(state["pot"])
        legal = self.legal(state, player)
        any_legal = np.where(legal, generator.random((n, 5)), -1.0).argmax(1)
        return np.where(generator.random(n) < share, self.useful(state, player), any_legal)

    # -- exact -------------------------------------------------------------------------------------------------------

    def to_mdp(self) -> Any:
        """The exact `TabularMDP`: action 5 · (of cook 0) + (of cook 1); the last order is terminal.

        Raises:
            BadOption: for more than 60,000 states.
        """
        if self.size > _MOST:
            raise BadOption(f"{self.size} states", where="MiniOvercooked.to_mdp", expected=f"at most {_MOST}")

        def outcomes(state: State, action: Array) -> Iterator[grid.Outcome]:
            after, _ = self.step(state, action // 5, action % 5)
            delivered = (after["served"] - state["served"]).astype(np.float64)
            yield 1.0, after, delivered, after["served"] == self.orders

        return grid.explore(outcomes, self.begin(1), actions=25, index=self.index, size=self.size)

    # -- shown -------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        board, pot = grid.Board(self._letters == "#", side=64), int(state["pot"][i])
        colours = {"O": (236, 214, 150), "D": (226, 228, 234), "S": (186, 220, 186), "P": (96, 100, 112)}
        for letter, colour in colours.items():
            for cell in np.flatnonzero(self._is[letter]):
                board.tile(int(cell), colour)
                if letter != "P":
                    board.letter(int(cell), letter, (40, 46, 58))
        x, y = board.middle(self._pot)
        board.disc(x, y, board.side * 0.36, (60, 64, 74))
        if pot:
            share = min(pot / self.onions, 1.0)
            board.disc(x, y, board.side * 0.32 * share, (240, 190, 40) if pot == self._ready else (222, 160, 90))
        for player in (0, 1):
            board.player(int(state["cell"][i, player]), player, held=" ODS"[state["held"][i, player]].strip())
        return board.image()

    def text(self, state: State, i: int) -> str:
        marks = np.where(np.isin(self._letters, list("ab")), ".", self._letters).ravel()
        for player in (0, 1):
            marks[state["cell"][i, player]] = str(player)
        pot = int(state["pot"][i])
        said = (
            f"{pot} of {self.onions} onions" if pot < self.onions else f"cooked {pot - self.onions} of {self.cooking}"
        )
        lines = ["".join(line) for line in marks.reshape(self._letters.shape)]
        lines += [f"cook {p} holds {_ITEMS[state['held'][i, p]]}" for p in (0, 1)]
        return "\n".join([*lines, f"pot: {said}", f"served {int(state['served'][i])} of {self.orders}"])

    def card(self) -> Card:
        height, width = self._letters.shape
        c, r, k = self._cells, self._ready, self.orders
        return Card(
            summary=f"Two cooks in a {height} x {width} kitchen serve {k} soups of {self.onions} onions each.",
            observation={"index": f"cells, hands, pot and orders, 0..{self.size - 1}"}
            if self.observation == "index"
            else {
                "one_hot": f"bits: cell of each cook ({c} each), held by each (4 each: {', '.join(_ITEMS)}), the pot "
                f"({r + 1}: onions, then steps of cooking), soups served ({k + 1})"
            },
            action={"[0]": f"of cook 0, who acts first: {grid.MOVES}, 4 wait", "[1]": "of cook 1, likewise"},
            reward="1, shared, for each soup served",
            info={
                "delivered": "soups served in this step, 0..2",
                "illegal": "[2] bool, an action other than to wait that changed nothing",
                "held": "[2] 0 nothing, 1 an onion, 2 a plate, 3 soup",
                "pot": f"onions in it; from {self.onions} on, steps of cooking too; ready at {r}",
                "success": f"True when all {k} soups are served",
            },
            optimal_return=float(k),
            source="Carroll et al., On the Utility of Learning about Humans for Human-AI Coordination, NeurIPS 2019",
        )
