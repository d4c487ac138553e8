"""A grid world counted out: its exact Markov decision process over levels, objects that are there, and cells.

    state = (level · 2^J + presence) · C + cell,    one more for the end

Presence has one bit for each of the J objects that can be lost while the episode goes on: bit j is set while it lies
there. All branches of a step are listed: slips, the helper's leap, the end, and what comes back.
"""

from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.tables.grid_levels import Levels
from rewardlab.envs.gridworlds.tables.table import process

MOST_BRANCHES = 6_000_000


def losable(levels: Levels) -> np.ndarray:
    """[J] the objects whose presence a state must hold: in some level they neither surely end nor surely come back."""
    return np.flatnonzero(((levels.terminate < 1) & (levels.respawn < 1)).any(0))


def returning(levels: Levels) -> np.ndarray:
    """[L, 2^J, 2^J] the law of presence at the end of a step, given presence once the agent has taken its object."""
    lost = losable(levels)
    sets = np.arange(2 ** len(lost))
    has = (sets[:, None] >> np.arange(len(lost))) & 1  # [2^J, J]
    before, after = has[None, :, None], has[None, None]  # absent objects come back, others stay
    chance = levels.respawn[:, lost][:, None, None]
    factor = np.where(before == 1, after == 1, np.where(after == 1, chance, 1 - chance))
    return factor.prod(-1)


class Counted:
    """All that can happen in a grid world.

    Args:
        levels: its L levels.
        target: [L, C, A] the cell that each action leads to.
        turned: [A, 3] the actions that slips make of each: none, left, right.
        slip: probability of a slip.
        leap: probability of being set beside object 0 instead.
        floor: [L, C] pay of standing in a cell.
        effort: [A] what each action costs.

    Attributes:
        lost: [J] the objects whose presence a state holds.
        can_end: whether there is an end state.
        land: [L, C, A, D] the cells where a step may end.
        law: [D] with which probability.

    Raises:
        BadOption: if there are too many branches to count.
    """

    def __init__(
        self,
        levels: Levels,
        target: np.ndarray,
        turned: np.ndarray,
        *,
        slip: float,
        leap: float,
        floor: np.ndarray,
        effort: np.ndarray,
    ) -> None:
        self.levels, self.floor, self.effort, self.lost = levels, floor, effort, losable(levels)
        law = [1.0 - slip, slip / 2, slip / 2] if slip else [1.0]
        ways = target[:, :, turned[:, : len(law)]]  # [L, C, A, D]
        size = ways.size * 4 ** len(self.lost)
        if size > MOST_BRANCHES:
            raise BadOption(
                f"{len(target)} levels, {len(self.lost)} objects to lose: {size:,} branches",
                where="GridWorld.to_mdp",
                expected=f"at most {MOST_BRANCHES:,}",
                mend="to_mdp(level=0) for one level, or fewer objects",
            )
        if leap:
            law = [p * (1 - leap) for p in law] + [leap]
            helped = np.broadcast_to(levels.place[:, 0][:, None, None, None], (*ways.shape[:3], 1))
            ways = np.concatenate([ways, helped], axis=-1)
        self.land, self.law = ways, np.array(law)
        self.can_end = bool((levels.terminate > 0).any())

    def mdp(self) -> Any:
        """The exact `TabularMDP`; walls are states that nothing reaches."""
        levels, lost = self.levels, self.lost
        count, cells, actions, _ = self.land.shape
        sets, things = 2 ** len(lost), levels.place.shape[1]
        bit = np.zeros(things + 1, dtype=np.int64)
        bit[lost] = 2 ** np.arange(len(lost))
        level = np.arange(count)[:, None, None, None, None]
        land = self.land[:, None]  # [L, 1, C, A, D]
        kind = levels.thing[level, land]
        presence = np.arange(sets)[:, None, None, None]
        there = (kind < things) & ((bit[kind] == 0) | (presence & bit[kind] > 0))  # [L, 2^J, C, A, D]

        def of(x: np.ndarray) -> np.ndarray:
            return np.where(there, np.pad(x, ((0, 0), (0, 1)))[level, kind], 0.0)

        pay = (self.law * (self.floor[level, land] + of(levels.reward))).sum(-1) - self.effort
        ends = of(levels.terminate)
        left = np.where(there, presence & ~bit[kind], presence)
        goes = (self.law * (1 - ends))[..., None] * returning(levels)[level, left]  # [L, 2^J, C, A, D, 2^J]
        after = (level[..., None] * sets + np.arange(sets)) * cells + land[..., None]
        states = count * sets * cells
        probability = np.zeros((states + 1, actions, goes[0, 0, 0, 0].size + 1))
        to = np.full(probability.shape, states)
        probability[:-1, :, :-1] = goes.reshape(states, actions, -1)
        probability[:-1, :, -1] = (self.law * ends).sum(-1).reshape(states, actions)
        probability[-1, :, -1] = 1.0
        to[:-1, :, :-1] = np.broadcast_to(after, goes.shape).reshape(states, actions, -1)
        R = np.concatenate([pay.reshape(states, actions), np.zeros((1, actions))])
        terminal = np.arange(states + 1) == states
        if not self.can_end:  # no such state
            to, probability, R, terminal = to[:-1, :, :-1], probability[:-1, :, :-1], R[:-1], terminal[:-1]
        return process(probability, to, R, self.initial(len(R)), terminal)

    def initial(self, states: int) -> np.ndarray:
        """[states] the law of the first state: a uniform level, all objects there, a uniform start."""
        levels, cells = self.levels, self.levels.walls.shape[1]
        sets = 2 ** len(self.lost)
        first = np.zeros((len(levels.walls), sets, cells))
        order = np.arange(cells) < levels.choices[:, None]
        np.put_along_axis(first[:, -1], levels.starts, order / levels.choices[:, None] / len(first), axis=1)
        return np.pad(first.ravel(), (0, states - first.size))

    def share(self, held: np.ndarray) -> np.ndarray:
        """[S, A] how probably a step ends in a cell of `held` [L, C] bool; 0 in the end state, where there is one."""
        count, cells, actions, _ = self.land.shape
        hit = (self.law * held[np.arange(count)[:, None, None, None], self.land]).sum(-1)[:, None]
        whole = np.broadcast_to(hit, (count, 2 ** len(self.lost), cells, actions)).reshape(-1, actions)
        return np.concatenate([whole, np.zeros((int(self.can_end), actions))])
