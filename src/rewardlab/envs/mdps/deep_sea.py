"""Deep sea: a treasure that undirected exploration finds about once in 2^N episodes.

    (row, column) -> (row + 1, column ± 1),    r = −0.01/N for each right, +1 for the N-th right in the last cell

An N × N grid. Each step sinks one row; one action goes right, the other left, and which is which is drawn for every
cell. Going right costs a little, so the first gradient points away from the treasure in the bottom right corner.

Source: Osband, Doron, Hessel, Aslanides, Sezener, Saraiva, McKinney, Lattimore, Szepesvari, Singh, Van Roy, Sutton,
Silver, van Hasselt, "Behaviour Suite for Reinforcement Learning", ICLR 2020, Appendix (deep sea); Osband, Van Roy,
Russo, Wen, "Deep Exploration via Randomized Value Functions", JMLR 2019, Section 4.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, tensor
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.lookup import Tables
from rewardlab.envs.picture import GOLD, INK, PAPER, RED, Picture
from rewardlab.envs.world import Card, Columns, Rules, State


@dataclass
class DeepSea(Rules):
    """The treasure at the bottom of an N × N sea.

    Args:
        size: N >= 2, rows and columns, also the horizon.
        cost: what N rights cost together; each costs cost / N.
        code: seed of the table that says which action goes right in which cell.
        observation: "index" (Discrete, the cell's number) or "one_hot" (Box [N, N]).
        regret: whether `pseudo_regret` is told, V* − Q* of each step; an episode's sum is what it is short of the best.

    Raises:
        BadOption: for a size below 2, or an observation that there is not.
    """

    size: int = 10
    cost: float = 0.01
    code: int = 0
    observation: str = "index"
    regret: bool = False

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        n = self.size
        if n < 2:
            raise BadOption(f"size={n!r}", where="DeepSea", expected="at least 2", mend="size=10")
        if self.observation not in ("index", "one_hot"):
            raise BadOption(f"observation={self.observation!r}", where="DeepSea", expected='"index" or "one_hot"')
        self.action_space = spaces.Discrete(2)
        if self.observation == "index":
            self.observation_space: spaces.Space = spaces.Discrete(n * n + 1)
        else:
            self.observation_space = spaces.Box(0.0, 1.0, (n, n), np.float32)
        self.right = np.random.default_rng(self.code).integers(0, 2, n * n)  # [N * N] the action that goes right
        cell = np.arange(n * n)
        row, column = cell // n, cell % n
        target = np.empty((n * n + 1, 2), dtype=np.int64)  # [cell, action] -> cell; the last cell is the bottom
        pay = np.zeros((n * n + 1, 2))
        for action in (0, 1):
            goes = self.right == action
            sideways = np.clip(column + np.where(goes, 1, -1), 0, n - 1)
            target[:-1, action] = np.where(row == n - 1, n * n, (row + 1) * n + sideways)
            pay[:-1, action] = np.where(goes, -self.cost / n + (cell == n * n - 1), 0.0)
        target[-1] = n * n
        self._lost: Tables | None = None
        if self.regret:
            V, lost = np.zeros(n * n + 1), np.zeros((n * n + 1, 2))
            for k in range(n - 1, -1, -1):  # the lowest row first
                cells = slice(k * n, (k + 1) * n)
                Q = pay[cells] + V[target[cells]]
                V[cells] = Q.max(1)
                lost[cells] = V[cells, None] - Q
            self._lost = Tables(lost=lost.ravel())
        self._tables: dict[Any, tuple[Array, Array]] = {None: (target.ravel(), pay.ravel())}

    def _on(self, device: Any) -> tuple[Array, Array]:
        if device not in self._tables:
            target, pay = self._tables[None]
            self._tables[device] = tensor(target, device=device), tensor(pay, device=device)
        return self._tables[device]

    def start(self, n: int, rng: Streams) -> State:
        return {"cell": rng.xp.zeros_like(rng.seed[:n])}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        target, pay = self._on(rng.device)
        index = state["cell"] * 2 + action
        reward, cell = pay[index], target[index]
        columns = {"success": reward > 0.5}
        if self._lost is not None:
            columns["pseudo_regret"] = self._lost(rng.device)["lost"][index]
        return {"cell": cell}, reward, cell == self.size**2, columns

    def look(self, state: State) -> Tree:
        cell = state["cell"]
        if self.observation == "index":
            return cell + 0
        n = self.size
        if isinstance(cell, np.ndarray):
            out: Any = np.zeros((len(cell), n * n + 1), dtype=np.float32)
            out[np.arange(len(cell)), cell] = 1.0
        else:
            import torch

            out = torch.nn.functional.one_hot(cell, n * n + 1).to(torch.float32)
        return out[:, :-1].reshape(len(cell), n, n)  # the bottom shows nothing

    def draw(self, state: State, i: int) -> np.ndarray:
        n, cell = self.size, int(state["cell"][i])
        side = max(4, 400 // n)
        depth = np.linspace(0.0, 1.0, n)[:, None]
        water = (1 - depth) * (126, 190, 228) + depth * (14, 42, 92)  # [N, 3], light above
        rows = np.repeat(water[:, None], n, axis=1)
        rows[np.arange(n), np.arange(n)] += 16  # the only way down that pays
        picture = Picture(n * side, n * side)
        picture.canvas[:] = rows.repeat(side, 0).repeat(side, 1)
        left = top = (n - 1) * side
        picture.box(left + side * 0.12, top + side * 0.3, side * 0.76, side * 0.6, GOLD, corner=side * 0.12)  # a chest
        picture.box(left + side * 0.12, top + side * 0.52, side * 0.76, side * 0.06, (140, 96, 20))
        picture.disc(left + side * 0.5, top + side * 0.56, side * 0.09, (140, 96, 20))
        if cell < n * n:
            x, y = (cell % n + 0.5) * side, (cell // n + 0.5) * side
            picture.disc(x, y, side * 0.36, RED)
            picture.disc(x, y - side * 0.06, side * 0.2, PAPER)  # the mask of a diver who looks at us
            picture.disc(x - side * 0.08, y - side * 0.06, side * 0.045, INK)
            picture.disc(x + side * 0.08, y - side * 0.06, side * 0.045, INK)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        n, cell = self.size, int(state["cell"][i])
        marks = ["." for _ in range(n * n)]
        marks[-1] = "$"
        if cell < n * n:
            marks[cell] = "o"
        return "\n".join("".join(marks[r * n : (r + 1) * n]) for r in range(n))

    def to_mdp(self) -> Any:
        """The exact `TabularMDP`: N² cells and the bottom, which is terminal; gamma = 1, an episode has N steps."""
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        cells = self.size**2 + 1
        target, pay = self._tables[None]
        P = sparse.csr_array((np.ones(2 * cells), target, np.arange(2 * cells + 1)), shape=(2 * cells, cells))
        return TabularMDP(P, pay.reshape(cells, 2), gamma=1.0, initial=0, terminal=np.arange(cells) == cells - 1)

    def table_places(self) -> np.ndarray:
        """[S, 2] the row and column of each state of `to_mdp`; -1 for the bottom."""
        cell = np.arange(self.size**2 + 1)
        places = np.stack(np.divmod(cell, self.size), axis=1)
        places[-1] = -1
        return places

    def card(self) -> Card:
        n = self.size
        step = self.cost / n
        # Uniform actions go right half the time; all N times with probability 2^-N.
        return Card(
            summary=f"A {n} x {n} sea; each step sinks a row, left or right; a treasure lies bottom right.",
            observation={"cell": f"row * {n} + column, 0..{n * n - 1}; {n * n} once the bottom is reached"}
            if self.observation == "index"
            else {"grid": f"[{n}, {n}] float32, 1 in the diver's cell, all 0 at the bottom"},
            action={"action": "0 or 1; which one goes right is a fixed table over cells"},
            reward=f"-{step:g} for each step to the right, +1 for the {n}-th right in the bottom right cell",
            info={
                "success": "True on the step that takes the treasure",
                **({"pseudo_regret": "V*(s) - Q*(s, a), >= 0"} if self.regret else {}),
            },
            random_return=0.5**n - self.cost / 2,
            optimal_return=1.0 - self.cost,
            source="Osband et al., Behaviour Suite for Reinforcement Learning, ICLR 2020",
        )
