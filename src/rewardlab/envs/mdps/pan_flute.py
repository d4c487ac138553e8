"""Pan flute: pipes of different lengths, and a sound when something comes out of all of them at once.

    action i puts 1 into the mouth of pipe i, 0 into the others;    all contents move one cell
    r = 1 if every end holds 1

Pipe i has i cells, so that one must begin with the longest, n, n − 1, ..., 1: one sound in n steps is the best there
is. From empty pipes that is worth γ^(n − 1) / (1 − γ^n) without the helper.
With probability 1/n² a step sets all ends, so that everybody hears it now and then. Each bit has a simple law of its
own, while the table has 2^(n (n + 1) / 2) states.

Source: Young, Ramesh, Kirsch, Schmidhuber, "The Benefits of Model-Based Generalization in Reinforcement Learning", ICML
2023 (PanFlute).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps.dice import Tables
from rewardlab.envs.mdps.kernel import check_numbers
from rewardlab.envs.mdps.layers import losses, returns
from rewardlab.envs.picture import FAINT, GOLD, INK, Picture
from rewardlab.envs.world import Card, Columns, Rules, State

TOLD = 3  # pipes up to which the losses of the whole table are worked out
MOST = 5  # pipes up to which there is a table


@dataclass
class PanFlute(Rules):
    """n pipes.

    Args:
        pipes: n, 1 to 10.
        helper: probability in [0, 1] that a step sets all ends; None for 1/n².
        gamma: discount of `to_mdp` and of `pseudo_regret`, in [0, 1).

    Raises:
        BadOption: for numbers outside their ranges.
    """

    pipes: int = 3
    helper: float | None = None
    gamma: float = 0.95

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False  # losses come from linear solves

    def __post_init__(self) -> None:
        check_numbers(self, pipes=(1, 10), gamma=(0, 1 - 1e-9))
        if self.helper is not None:
            check_numbers(self, helper=(0, 1))
        n = self.pipes
        self._chance = 1.0 / n**2 if self.helper is None else self.helper
        self.cells = n * (n + 1) // 2
        """How many bits there are: pipe 1 first, each from its mouth to its end."""
        mouth = np.cumsum([0, *range(1, n)])  # [n]
        self._end = np.cumsum(range(1, n + 1)) - 1  # [n]
        self._source = np.arange(self.cells) - 1  # where the content of each cell comes from
        self._source[mouth] = 0
        opens = np.full(self.cells, -1)  # [cells] the action that fills it; -1 inside a pipe
        opens[mouth] = np.arange(n)
        inner, ends = opens < 0, np.isin(np.arange(self.cells), self._end)
        kept = {
            "source": self._source,
            "opens": opens,
            "inner": inner,
            "ends": ends,
            "weight": 1 << np.arange(self.cells),
        }
        if n <= TOLD:
            kept["loss"] = losses(self.to_mdp()).ravel()
        self._tables = Tables(**kept)
        self.action_space = spaces.Discrete(n)
        self.observation_space = spaces.MultiBinary(self.cells)

    def start(self, n: int, rng: Streams) -> State:
        empty = rng.xp.zeros_like(rng.seed[:n])
        return {"bits": rng.xp.stack([empty] * self.cells, axis=1)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, t, bits = rng.xp, self._tables(rng.device), state["bits"]
        helped = rng.uniform() < self._chance
        after = self._flow(xp, t, bits, action, helped)
        sound = xp.all((after == 1) | ~t["ends"], axis=1)
        columns: dict[str, Any] = {"helped": helped, "success": sound}
        if "loss" in t:
            columns["pseudo_regret"] = t["loss"][xp.sum(bits * t["weight"], axis=1) * self.pipes + action]
        return {"bits": after}, xp.astype(sound, xp.float64), xp.zeros_like(sound), columns

    def _flow(self, xp: Any, t: Any, bits: Array, action: Array, helped: Array) -> Array:
        """The bits [n, cells] after one step."""
        moved = bits[:, t["source"]] * t["inner"] + (t["opens"] == action[:, None])
        return xp.where(helped[:, None] & t["ends"], xp.ones_like(moved), moved)

    def look(self, state: State) -> Tree:
        bits = state["bits"]
        if isinstance(bits, np.ndarray):
            return bits.astype(np.int8)
        import torch

        return bits.to(torch.int8)

    def to_mdp(self) -> Any:
        """The exact `TabularMDP`: a state is Σ bit_k 2^k over the cells; it goes on for ever, discounted.

        Raises:
            BadOption: for more than 5 pipes.
        """
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        n = self.pipes
        if n > MOST:
            raise BadOption(f"a table of 2^{self.cells} states", where="PanFlute", expected=f"at most {MOST} pipes")
        S = 1 << self.cells
        state, action = (x.ravel() for x in np.indices((S, n)))
        bits = state[:, None] >> np.arange(self.cells) & 1
        mouth = self._end - np.arange(n)
        moved = bits[:, self._source]
        moved[:, mouth] = np.arange(n) == action[:, None]
        helped = moved.copy()
        helped[:, self._end] = 1
        weight = 1 << np.arange(self.cells)
        row = np.arange(S * n)
        P = sparse.csr_array((S * n, S))
        R = np.zeros(S * n)
        for after, chance in ((moved, 1 - self._chance), (helped, self._chance)):
            P = P + sparse.csr_array((np.full(S * n, chance), (row, after @ weight)), shape=(S * n, S))
            R += chance * after[:, self._end].all(1)
        return TabularMDP(P, R.reshape(S, n), gamma=self.gamma)

    def draw(self, state: State, i: int) -> np.ndarray:
        bits, side, k = np.asarray(state["bits"][i]), 36, 0
        picture = Picture(self.pipes * (side + 8) + 20, self.pipes * side + 60)
        for pipe in range(self.pipes):
            y = 10 + pipe * (side + 8)
            for cell in range(pipe + 1):
                x = 10 + (self.pipes - pipe - 1 + cell) * side  # ends in one column, at the right
                picture.box(x, y, side - 3, side, GOLD if bits[k] else FAINT, corner=4)
                k += 1
            picture.write(str(pipe), self.pipes * side + 24, y + 10, INK)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        bits, lines, k = np.asarray(state["bits"][i]), [], 0
        for pipe in range(1, self.pipes + 1):
            lines.append("".join("o" if b else "." for b in bits[k : k + pipe]).rjust(self.pipes))
            k += pipe
        return "\n".join(lines)

    def card(self) -> Card:
        n = self.pipes
        random = best = None
        if n <= 4:
            random, best = returns(self.to_mdp(), 100)
        told = {"helped": "True where all ends were set by chance", "success": "True on a step with a sound"}
        if n <= TOLD:
            told["pseudo_regret"] = f"V*(s) - Q*(s, a) at discount {self.gamma:g}, >= 0"
        return Card(
            summary=f"{n} pipes of 1 to {n} cells; what is put in comes out when it has passed all cells. Nothing ends "
            "it; returns are those of 100 steps.",
            observation={f"bits[{self.cells}]": "0 or 1 in each cell, pipe by pipe, each from its mouth to its end"},
            action={"pipe": f"0..{n - 1}: the pipe of so many cells and one that gets a 1 into its mouth"},
            reward="1 on a step after which every end holds 1, else 0",
            info=told,
            random_return=random,
            optimal_return=best,
            source="Young et al., The Benefits of Model-Based Generalization in Reinforcement Learning, ICML 2023",
        )
