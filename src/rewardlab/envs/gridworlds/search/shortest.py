"""The shortest solution of a grid level, found by the compiled kernel itself.

    breadth-first search over situations, until an action pays

Every action that the agent has is tried in every situation, a whole generation in one call, so that the answer is exact
for any rule, any number of keys, doors and boxes. `optimal_steps` answers faster where a level has one key at most.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.search.enumerate_states import expand, fields_of, keys, number, rows_of, tries
from rewardlab.envs.rules import State


def shortest_solution(
    rules: Any, state: State, *, actions: Sequence[int] | None = None, most: int = 2_000_000
) -> list[int] | None:
    """The fewest actions that succeed from here, None if none do, however long one plays.

    Args:
        rules: a task on the grid kernel that draws nothing while it steps.
        state: a state of these rules with one row, such as `rules.first(seed)`.
        actions: those to consider, all by default.
        most: the largest number of situations to look at.

    Raises:
        BadOption: for a state of several rows, a task with moving obstacles, or more situations than `most`.
    """
    if len(state["field"]) != 1:
        raise BadOption(f"a state of {len(state['field'])} rows", where="shortest_solution", expected="one row")
    tried, fields = tries(rules, actions), fields_of(rules, ())
    known: dict[bytes, int] = {}
    number(known, keys(state, fields))
    frontier, back = state, [np.array([[-1, -1]])]  # of each situation, whence and by which action
    here = np.zeros(1, dtype=np.int64)
    while len(here):
        if len(known) > most:
            raise BadOption(
                f"more than {most:,} situations",
                where="shortest_solution",
                expected="a level that can be searched",
                mend="a smaller level, fewer actions, or a larger `most`",
            )
        after, reward, ended = expand(rules, frontier, tried)
        whence = np.stack([np.repeat(here, len(tried)), np.tile(tried, len(here))], axis=1)
        won = np.flatnonzero(reward > 0)
        if len(won):
            return _way(np.concatenate(back), whence[won[0]])
        going = np.flatnonzero(~ended)
        numbers, fresh = number(known, keys(rows_of(after, going), fields))
        here = numbers[fresh]
        frontier = rows_of(after, going[fresh])
        back.append(whence[going[fresh]])
    return None


def _way(back: np.ndarray, last: np.ndarray) -> list[int]:
    """The actions from the start to the last one."""
    at, action = (int(v) for v in last)
    way = [action]
    while at:
        at, action = (int(v) for v in back[at])
        way.append(action)
    return way[::-1]
