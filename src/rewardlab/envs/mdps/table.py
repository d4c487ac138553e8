"""A table as an environment: any finite Markov decision process, played by its own numbers.

    s' ~ P(· | s, a),    r = R(s, a) or R(s, a, s')

What an agent meets is exactly what `TabularMDP.solve` solves, so that learned values have a truth to be measured by.

Source: Puterman, "Markov Decision Processes: Discrete Stochastic Dynamic Programming", 1994, Section 2.1.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps.dice import Dice, Tables
from rewardlab.envs.mdps.layers import per_entry
from rewardlab.envs.world import Card, Columns, Rules, State


@dataclass
class TableRules(Rules):
    """The rules of a `TabularMDP`; an episode ends in its terminal states.

    Args:
        mdp: the process; it must not begin in a terminal state.

    Raises:
        BadOption: if the initial distribution touches a terminal state.
    """

    mdp: TabularMDP

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        m = self.mdp
        if m.initial[m.terminal].any():
            ended = np.flatnonzero(m.terminal & (m.initial > 0))
            raise BadOption(
                f"episodes may begin in the terminal states {ended[:8].tolist()}",
                where="TableRules",
                expected="an initial distribution over states that go on",
                mend="move its mass elsewhere",
            )
        self.observation_space = spaces.Discrete(m.num_states)
        self.action_space = spaces.Discrete(m.num_actions)
        self._dice = Dice(m)
        self._tables = Tables(paid=per_entry(m), terminal=m.terminal)

    def start(self, n: int, rng: Streams) -> State:
        return {"state": self._dice.first(rng)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Any, Any, Columns]:
        tables = self._tables(rng.device)
        entry, after = self._dice.next(state["state"], action, rng)
        return {"state": after}, tables["paid"][entry], tables["terminal"][after], {}

    def look(self, state: State) -> Tree:
        return state["state"] + 0

    def draw(self, state: State, i: int) -> np.ndarray:
        m, side = self.mdp, 12
        wide = int(np.ceil(np.sqrt(m.num_states)))
        image = np.zeros((wide * wide, 3), dtype=np.uint8)
        image[: m.num_states] = np.where(m.terminal[:, None], (240, 190, 40), (40, 90, 150))
        image[int(state["state"][i])] = (230, 70, 60)
        return image.reshape(wide, wide, 3).repeat(side, 0).repeat(side, 1)

    def text(self, state: State, i: int) -> str:
        return f"state {int(state['state'][i])} of 0..{self.mdp.num_states - 1}"

    def to_mdp(self) -> TabularMDP:
        """The process itself."""
        return self.mdp

    def card(self) -> Card:
        m = self.mdp
        random = optimal = None
        with suppress(BadOption):  # a process that need not end, or pays without end, has no such returns
            sums = m.with_gamma(1.0)
            random = sums.evaluate(np.full((m.num_states, m.num_actions), 1.0 / m.num_actions)).value
            optimal = sums.solve().value
        return Card(
            summary=f"A finite Markov decision process with {m.num_states} states and {m.num_actions} actions.",
            observation={"state": f"its number, 0..{m.num_states - 1}"},
            action={"action": f"0..{m.num_actions - 1}"},
            reward="R(s, a), the table's entry" if m.pay is None else "R(s, a, s'), the table's entry",
            info={},
            random_return=random,
            optimal_return=optimal,
        )
