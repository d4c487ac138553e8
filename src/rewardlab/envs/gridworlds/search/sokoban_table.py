"""Sokoban levels as exact processes: all situations of player and boxes that play can lead to, and what leads where.

    S₀ = {start},    S_{k+1} = {move(s, a) : s ∈ S_k not solved, a ∈ 0..3} \\ (S₀ ∪ ... ∪ S_k)

Breadth first, a generation at a time, by the rules themselves. Boxes look alike: a situation holds which cells have
one. For small levels: the situations grow as the choices of cells for the boxes.

Source: Culberson, "Sokoban is PSPACE-complete", FUN with Algorithms 1998 (the state space, and why it is large).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.search.enumerate_states import number, rows_of
from rewardlab.envs.rules import State


@dataclass(frozen=True, eq=False)
class SokobanTable:
    """The situations of a level and what leads where.

    Attributes:
        mdp: the `TabularMDP`; solved situations are terminal.
        states: the S situations, a state of the rules with S rows.
    """

    mdp: Any
    states: State
    _known: dict[bytes, int]

    def index(self, state: State) -> np.ndarray:
        """[n] the numbers of these situations.

        Raises:
            BadOption: for a situation that no play of the level leads to.
        """
        found = [self._known.get(key, -1) for key in _keys(state)]
        if -1 in found:
            raise BadOption(
                f"row {found.index(-1)} is no situation of this level",
                where="SokobanTable.index",
                expected="one that play from its start leads to",
            )
        return np.array(found, dtype=np.int64)


def tabulate_sokoban(rules: Any, first: State, *, gamma: float = 0.99, limit: int = 200_000) -> SokobanTable:
    """All that can come of a start.

    Args:
        rules: of Sokoban.
        first: the start, a state of these rules with one row.
        gamma: the discount in [0, 1]; below 1 where a level can be lost, for what is lost never ends.
        limit: the largest number of situations.

    Raises:
        BadOption: for more situations than `limit`.
    """
    from scipy import sparse

    from rewardlab.core.mdp import TabularMDP

    nobody = Streams([])  # the rules draw nothing as they move
    known: dict[bytes, int] = {}
    _, fresh = number(known, _keys(first))
    front, kept, goes, pays = first, [first], [], []
    while len(fresh):
        every = {k: v.repeat(4, 0) for k, v in front.items()}
        over = every["on"] == rules.boxes  # who has solved the level stays, and is paid nothing
        after, reward, _, _ = rules.move(every, np.tile(np.arange(4), len(fresh)), nobody)
        after = {k: np.where(over.reshape(-1, *[1] * (v.ndim - 1)), every[k], v) for k, v in after.items()}
        to, fresh = number(known, _keys(after))
        goes.append(to)
        pays.append(np.where(over, 0.0, reward))
        if len(known) > limit:
            raise BadOption(
                f"more than {limit:,} situations",
                where="Sokoban.to_mdp",
                expected="a level that can be counted out",
                mend="a smaller level, fewer boxes, or a larger `limit`",
            )
        front = rows_of(after, fresh)
        kept.append(front)
    states = {k: np.concatenate([part[k] for part in kept]) for k in first}
    count, to = len(known), np.concatenate(goes)
    P = sparse.csr_array((np.ones(len(to)), to, np.arange(len(to) + 1)), shape=(len(to), count))
    R = np.concatenate(pays).reshape(count, 4)
    mdp = TabularMDP(P, R, gamma=gamma, initial=0, terminal=states["on"] == rules.boxes)
    return SokobanTable(mdp, states, known)


def _keys(state: State) -> list[bytes]:
    """One key per row: equal situations, equal keys."""
    player = np.stack(np.divmod(state["player"], 256), axis=1).astype(np.uint8)
    return [row.tobytes() for row in np.concatenate([np.packbits(state["box"], axis=1), player], axis=1)]
