"""Draws from a table, on any device: first states, successors, and the fixed numbers that go with them."""

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.rng import Streams
from rewardlab.envs.lookup import Tables as Tables


class Dice:
    """Draws of first states and of successors, by the numbers of a table.

    Args:
        process: whose numbers.
    """

    def __init__(self, process: TabularMDP) -> None:
        m = process
        self.num_actions = m.num_actions
        # All rows of P on one line: row k has its cumulative probabilities in (k, k + 1], so that one search draws
        # the successors of a whole batch.
        row = np.repeat(np.arange(m.P.shape[0]), np.diff(m.P.indptr))
        total = np.cumsum(m.P.data)
        before = np.concatenate([[0.0], total])[m.P.indptr[:-1]]  # [S * A]
        line = row + np.clip(total - before[row], 0.0, 1.0)
        line[m.P.indptr[1:] - 1] = np.arange(1, m.P.shape[0] + 1)
        last = m.P.indptr[1:].astype(np.int64) - 1
        self._last_first = int(np.flatnonzero(m.initial)[-1])
        self._tables = Tables(
            line=line, last=last, after=m.P.indices.astype(np.int64), begin=np.cumsum(m.initial)
        )  # fmt: skip

    def first(self, rng: Streams) -> Array:
        """[n] first states."""
        xp, begin = rng.xp, self._tables(rng.device)["begin"]
        state = xp.searchsorted(begin, rng.uniform(), side="right")
        return xp.minimum(state, xp.zeros_like(state) + self._last_first)

    def next(self, state: Array, action: Array, rng: Streams) -> tuple[Array, Array]:
        """[n] positions in `process.P.data` of the transitions that are drawn, and [n] the states they lead to."""
        xp, t = rng.xp, self._tables(rng.device)
        row = state * self.num_actions + action
        entry = xp.searchsorted(t["line"], row + rng.uniform(), side="right")
        entry = xp.minimum(entry, t["last"][row])  # row + u may round up to the next row
        return entry, t["after"][entry]
