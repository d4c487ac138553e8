"""Partial return and regret of a table, as utilities of steps.

    partial return   u_t = R(s_t, a_t)
    regret           u_t = A*(s_t, a_t) = Q*(s_t, a_t) − V*(s_t),    Σ_t u_t = −regret of the segment

Both are exact. A teacher of partial returns praises what was earned on the way; one of regret praises good decisions,
however little they have earned so far. Where moves are certain and nothing is discounted, the regret of a segment is
V*(s_0) less what it earned and less V* of where it ended.

Source: Knox, Hatgis-Kessell, Booth, Niekum, Stone, Allievi, "Models of Human Preference for Learning Reward Functions",
TMLR 2024, Section 3 (deterministic and general regret).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch


@dataclass
class PartialReturn:
    """Utility of a step: the expected reward of its state and action.

    Args:
        mdp: a `core.mdp.TabularMDP`.
        state: the info column with the number of the state; without it observations are numbers of states.
    """

    mdp: Any
    state: str | None = None

    def __call__(self, items: Transitions) -> Array:
        """Utility per step, float64.

        Raises:
            BadBatch: for states or actions that the table does not have.
            MissingColumn: without the column.
        """
        return _looked_up(self.mdp.R, items, self.state, where="PartialReturn")


@dataclass
class Regret:
    """Utility of a step: the advantage of its action under the best policy, never above 0.

    Args:
        mdp: a `core.mdp.TabularMDP`, solved once.
        state: the info column with the number of the state; without it observations are numbers of states.
    """

    mdp: Any
    state: str | None = None

    def __post_init__(self) -> None:
        found = self.mdp.solve()
        gap = found.Q - found.V[:, None]
        rounding = 1e-10 * (1.0 + np.abs(found.Q).max())  # equally good decisions must tie
        self.advantage: np.ndarray = np.where(gap > -rounding, 0.0, gap)  # [S, A]

    def __call__(self, items: Transitions) -> Array:
        """Utility per step, float64.

        Raises:
            BadBatch: for states or actions that the table does not have.
            MissingColumn: without the column.
        """
        return _looked_up(self.advantage, items, self.state, where="Regret")


def _looked_up(table: np.ndarray, items: Transitions, column: str | None, *, where: str) -> Array:
    state = array(items.obs if column is None else items.column(column, by=where))
    action = array(items.action)
    for name, x, most in (("state", state, table.shape[0]), ("action", action, table.shape[1])):
        if x.shape != items.shape or x.dtype.kind not in "iu" or (x.size and not 0 <= x.min() <= x.max() < most):
            raise BadBatch(
                f"a {name} of shape {x.shape} and dtype {x.dtype}",
                where=where,
                expected=f"integers {items.shape} in 0 .. {most - 1}",
                mend="name the info column with the number of the state as state=" if column is None else "",
            )
    found = table[state, action]
    return tensor(found, device=items.reward.device) if is_torch(items.reward) else found
