"""Maps: letters to cells, and exact processes that are found by playing.

    cell = row · width + column,    action 0 up, 1 right, 2 down, 3 left
    S₀ = first states,    S_{k+1} = all that a step from S_k can lead to

Exact processes are found by playing the rules themselves, so that what is solved is what is played.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.envs.rules import State

STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # rows and columns of up, right, down, left
MOVES = "0 up, 1 right, 2 down, 3 left"

Outcome = tuple[float, State, Array, Array]  # probability, next state, reward [n], whether it ends [n]


def chart(layout: str, known: str, *, where: str) -> np.ndarray:
    """The letters [height, width] of a map, one text line per row.

    Raises:
        BadOption: for an empty map, lines of unequal length, or a letter that is not in `known`.
    """
    lines = layout.strip("\n").split("\n")
    if not lines[0] or len({len(line) for line in lines}) > 1:
        raise BadOption(
            f"layout with lines of {sorted({len(line) for line in lines})} letters",
            where=where,
            expected="at least one letter, and lines of equal length",
        )
    strange = sorted(set(layout) - set(known) - {"\n"})
    if strange:
        raise BadOption(f"layout with {strange}", where=where, expected=f"letters of {known!r}", mend="# is a wall")
    return np.array([list(line) for line in lines])


def only(letters: np.ndarray, letter: str, *, where: str) -> int:
    """The one cell of a map that bears this letter.

    Raises:
        BadOption: if there is none, or more than one.
    """
    found = np.flatnonzero(letters.ravel() == letter)
    if len(found) != 1:
        raise BadOption(f"layout with {len(found)} times {letter!r}", where=where, expected="exactly one")
    return int(found[0])


def explore(
    outcomes: Callable[[State, Array], Iterable[Outcome]],
    first: State,
    *,
    actions: int,
    index: Callable[[State], np.ndarray],
    size: int,
) -> Any:
    """The exact `TabularMDP` of some rules, found by playing them from all their first states.

    Args:
        outcomes: states and actions of n rows -> every way the step can go; their probabilities sum to 1.
        first: the states [n, ...] in which episodes begin, all equally likely.
        actions: A, how many there are.
        index: states -> their numbers [n] in 0..size-1.
        size: S; numbers that no state bears, or that cannot be reached, lead to a first state and pay nothing, so that
            neither ends nor averages depend on them.

    Returns:
        the process, with gamma = 0.99.
    """
    from scipy import sparse

    from rewardlab.core.mdp import TabularMDP

    begin = index(first)
    known, ends = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    pay = np.zeros(size * actions)
    entries: list[tuple[np.ndarray, ...]] = []
    front = [first]
    while front:
        state = {k: np.concatenate([part[k] for part in front]) for k in first}
        number, rows = np.unique(index(state), return_index=True)
        rows = rows[~known[number]]
        state, number = {k: v[rows].repeat(actions, 0) for k, v in state.items()}, number[~known[number]]
        known[number] = True
        action = np.tile(np.arange(actions), len(rows))
        row = number.repeat(actions) * actions + action
        front = []
        for probability, after, reward, ended in outcomes(state, action) if len(rows) else ():
            if probability == 0.0:
                continue
            to = index(after)
            pay[row] += probability * reward
            entries.append((np.full(len(row), probability), row, to))
            known[to[ended]] = ends[to[ended]] = True
            new = ~known[to]
            if new.any():
                front.append({k: np.asarray(v)[new] for k, v in after.items()})
    p, row, to = (np.concatenate(part) for part in zip(*entries, strict=True))
    P = sparse.coo_array((p, (row, to)), shape=(size * actions, size)).tocsr()
    shut = np.flatnonzero(ends | ~known)
    rest = (shut[:, None] * actions + np.arange(actions)).ravel()
    P = P + sparse.csr_array((np.ones(len(rest)), (rest, np.full(len(rest), begin[0]))), shape=P.shape)
    initial = np.bincount(begin, minlength=size) / len(begin)
    return TabularMDP(P, pay.reshape(size, actions), gamma=0.99, initial=initial, terminal=ends)
