"""All situations of a grid level, counted out by the compiled kernel itself.

    S_0 = starts,    S_{k+1} = {step(s, a) : s ∈ S_k, a ∈ actions} \\ (S_0 ∪ ... ∪ S_k)

A situation is what the cells, the boxes and the fields of an environment hold, without its clock and without notes that
no rule reads. A whole generation takes all its actions in one call of the kernel.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.rules import State

_NOTES = (codes.STEPS, codes.KEY_AT, codes.TOOK, codes.OPENED, codes.WON)
_PARTS = ("lines", "inside", "tags", "places")


@dataclass(frozen=True)
class Enumeration:
    """The situations of a level and what leads where.

    Attributes:
        mdp: the `TabularMDP`; state S, behind the situations, is the end of the episode.
        states: the S situations, as a state of the rules with S rows, clocks at 0.
    """

    mdp: Any
    states: State
    _known: dict[bytes, int]
    _fields: np.ndarray

    def index(self, state: State) -> np.ndarray:
        """[n] the numbers of these situations, whatever their clocks say.

        Raises:
            BadOption: for a situation that no play from the starts leads to.
        """
        found = [self._known.get(key, -1) for key in keys(state, self._fields)]
        if -1 in found:
            raise BadOption(
                f"row {found.index(-1)} is no situation of this level",
                where="Enumeration.index",
                expected="one that play from the starts leads to",
            )
        return np.array(found, dtype=np.int64)


def enumerate_states(
    rules: Any,
    state: State,
    *,
    gamma: float = 0.99,
    actions: Sequence[int] | None = None,
    remember: Sequence[int] = (),
    most: int = 500_000,
) -> Enumeration:
    """All that can come of these starts, as an exact Markov decision process.

    What a success pays depends on the clock in MiniGrid's own tasks; here it pays 1 whenever it comes. Penalties are
    paid as they are.

    Args:
        rules: a task on the grid kernel that draws nothing while it steps.
        state: the starts, a state of these rules; its rows are equally likely.
        gamma: the discount in [0, 1].
        actions: those to consider, all by default; action k of the process is actions[k].
        remember: fields of `codes`, such as TOOK and OPENED, that tell situations apart beside those that rules read.
        most: the largest number of situations.

    Raises:
        BadOption: for a task with moving obstacles, or more situations than `most`.
    """
    from scipy import sparse

    from rewardlab.core.mdp import TabularMDP

    tried, fields = tries(rules, actions), fields_of(rules, remember)
    known: dict[bytes, int] = {}
    first, fresh = number(known, keys(state, fields))
    frontier = rows_of(state, fresh)
    kept, goes, pays = [], [], []
    while len(fresh):
        if len(known) > most:
            raise BadOption(
                f"more than {most:,} situations",
                where=f"{type(rules).__name__}.to_mdp",
                expected="a level that can be counted out",
                mend="a smaller level, fewer actions, or a larger `most`",
            )
        kept.append(frontier)
        after, reward, ended = expand(rules, frontier, tried)
        going = np.flatnonzero(~ended)
        onward, fresh = number(known, keys(rows_of(after, going), fields))
        frontier = rows_of(after, going[fresh])
        target = np.full(len(ended), -1, dtype=np.int64)
        target[going] = onward
        goes.append(target)
        pays.append(np.where(reward > 0, 1.0, reward))
    states = {k: np.concatenate([part[k] for part in kept]) for k in kept[0]}
    count, width = len(known), len(tried)
    to = np.concatenate([*goes, np.full(width, count)])
    to[to < 0] = count
    P = sparse.csr_array((np.ones(len(to)), to, np.arange(len(to) + 1)), shape=(len(to), count + 1))
    R = np.concatenate([*pays, np.zeros(width)]).reshape(-1, width)
    initial = np.bincount(first, minlength=count + 1) / len(first)
    mdp = TabularMDP(P, R, gamma=gamma, initial=initial, terminal=np.arange(count + 1) == count)
    return Enumeration(mdp, states, known, fields)


def tries(rules: Any, actions: Sequence[int] | None) -> np.ndarray:
    """The actions to consider [A] int64.

    Raises:
        BadOption: for none, or some outside the action space.
    """
    tried = np.arange(rules.action_space.n) if actions is None else np.asarray(actions, dtype=np.int64)
    if not len(tried) or ((tried < 0) | (tried >= rules.action_space.n)).any():
        raise BadOption(
            f"actions={actions!r}", where=type(rules).__name__, expected=f"some of 0..{rules.action_space.n - 1}"
        )
    return tried.astype(np.int64)


def fields_of(rules: Any, remember: Sequence[int]) -> np.ndarray:
    """Which fields tell situations apart.

    Raises:
        BadOption: for a task that draws while it steps.
    """
    if rules.const[codes.C_RULE] == codes.OBSTACLES:
        raise BadOption(
            "obstacles that move at random",
            where=type(rules).__name__,
            expected="a task that draws nothing as it steps",
            mend="`enumerate_obstacles` knows their law",
        )
    return situation_fields(rules, remember)


def situation_fields(rules: Any, remember: Sequence[int] = ()) -> np.ndarray:
    """The fields that rules read, and those to remember; obstacles included."""
    told = rules.const[codes.C_RULE] == codes.INSTRUCTION
    left_out = {*_NOTES, *rules.notes, *(() if told else (codes.MOVED,))} - set(remember)
    balls = int(rules.const[codes.C_BALLS])
    return np.array([f for f in range(codes.FIELDS + balls) if f not in left_out])


def keys(state: State, fields: np.ndarray) -> list[bytes]:
    """One key per row: equal situations, equal keys."""
    n = len(state["field"])
    parts = [np.ascontiguousarray(state[name]).view(np.uint8) for name in _PARTS if state[name].size]
    chosen = np.ascontiguousarray(state["field"][:, fields]).view(np.uint8).reshape(n, -1)
    return [row.tobytes() for row in np.concatenate([*parts, chosen], axis=1)]


def number(known: dict[bytes, int], found: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """The number of each key [n], new ones in the order in which they come; and the rows that are new."""
    numbers, fresh = np.empty(len(found), dtype=np.int64), []
    for i, key in enumerate(found):
        before = len(known)
        numbers[i] = known.setdefault(key, before)
        if len(known) > before:
            fresh.append(i)
    return numbers, np.array(fresh, dtype=np.int64)


def rows_of(state: State, rows: np.ndarray) -> State:
    """Some rows of a state."""
    return {k: v[rows] for k, v in state.items()}


def expand(rules: Any, state: State, actions: np.ndarray) -> tuple[State, np.ndarray, np.ndarray]:
    """Every action in every row: the states after [n * A], what was paid [n * A] and whether it ended [n * A]."""
    n = len(state["field"])
    every = rows_of(state, np.repeat(np.arange(n), len(actions)))
    every["field"][:, codes.STEPS] = 0
    batch = rules.at(every)
    batch.step(np.tile(actions, n))
    return {**batch.get_state(), "words": every["words"]}, batch.reward, batch.ended
