"""Finite worlds as graphs: what can be reached, how far the goal is, and what a known policy makes of it.

    d(s) = 0 on goals,  d(s) = 1 + min_a d(s'),    V*(s, t) = 1[d(s) ≤ t]
    Q_t(s, a) = V_{t−1}(s'),    V_t(s) = (1 − ε) Q_t(s, a*) + ε · mean_a Q_t(s, a)     for a guide that slips

Rooms, screens and poses are states; a move that lowers the distance by one is on a shortest way. The guide takes the
first such move and, with probability ε, any move at all, so its success is a finite sum.

Source: Cormen, Leiserson, Rivest, Stein, "Introduction to Algorithms", 2009, Section 22.2 (breadth-first search);
Bellman, "Dynamic Programming", 1957, Chapter III (values with t moves left).
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption

FAR = -1  # no way leads to a goal


@dataclass(frozen=True, eq=False)
class Graph:
    """All that can be reached from a start.

    Attributes:
        states: in the order in which they were found; the start is the first.
        moves: of each state, (name, number of the state that it leads to); goals and other ends have none.
        goals: of each state, whether it is one.
    """

    states: tuple[Any, ...]
    moves: tuple[tuple[tuple[str, int], ...], ...]
    goals: tuple[bool, ...]

    @cached_property
    def number(self) -> dict[Any, int]:
        """State -> its number."""
        return {state: k for k, state in enumerate(self.states)}

    @cached_property
    def distances(self) -> list[int]:
        """Moves to the nearest goal, of each state; FAR where there is no way."""
        before: list[list[int]] = [[] for _ in self.states]
        for k, moves in enumerate(self.moves):
            for _, target in moves:
                before[target].append(k)
        found = [0 if goal else FAR for goal in self.goals]
        edge = [k for k, goal in enumerate(self.goals) if goal]
        depth = 0
        while edge:
            depth += 1
            further = []
            for k in edge:
                for source in before[k]:
                    if found[source] == FAR:
                        found[source] = depth
                        further.append(source)
            edge = further
        return found

    def distance(self, state: Hashable) -> int:
        """Moves from a state to the nearest goal, or FAR."""
        return self.distances[self.number[state]]

    def good(self, state: Hashable) -> list[str]:
        """The moves that lower the distance, in their order."""
        k = self.number[state]
        near = self.distances[k] - 1
        return [name for name, target in self.moves[k] if near >= 0 and self.distances[target] == near]

    def plan(self, state: Hashable) -> list[str]:
        """The first of the shortest ways from a state to a goal; empty if there is none."""
        found, k = [], self.number[state]
        while self.distances[k] > 0:
            name, k = next(m for m in self.moves[k] if self.distances[m[1]] == self.distances[k] - 1)
            found.append(name)
        return found

    def values(self, slip: float, turns: int) -> np.ndarray:
        """Chance [turns + 1, S] that the guide is at a goal within t moves, t = 0..turns.

        Args:
            slip: the chance of any move at all instead of a good one, 0..1. Where no move is good, every move is one.
            turns: at least 0.

        Raises:
            BadOption: for values outside these ranges.
        """
        if not 0 <= slip <= 1 or turns < 0:
            raise BadOption(f"slip={slip!r}, turns={turns!r}", where="Graph.values", expected="0..1 and at least 0")
        out = np.zeros((turns + 1, len(self.states)))
        out[0] = self.goals
        for t in range(turns):
            out[t + 1] = out[0]
            for k, moves in enumerate(self.moves):
                if not moves:
                    continue
                after = [out[t, target] for _, target in moves]
                any_move = sum(after) / len(after)
                near = self.distances[k] - 1
                best = next((target for _, target in moves if near >= 0 and self.distances[target] == near), None)
                out[t + 1, k] = any_move if best is None else (1 - slip) * out[t, best] + slip * any_move
        return out

    def q(self, values: np.ndarray, state: Hashable, left: int) -> dict[str, float]:
        """Move -> chance of success if it is made with `left` moves left, this one included, and the guide goes on."""
        return {name: float(values[left - 1, target]) for name, target in self.moves[self.number[state]]}

    def to_mdp(self, gamma: float = 0.99) -> Any:
        """The exact process: action k is the k-th move, or none where there is no such move; reaching a goal pays 1."""
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        size, count = len(self.states), max(1, *map(len, self.moves))
        targets = np.repeat(np.arange(size), count)
        for k, moves in enumerate(self.moves):
            targets[k * count : k * count + len(moves)] = [target for _, target in moves]
        P = sparse.csr_array((np.ones(size * count), (np.arange(size * count), targets)), shape=(size * count, size))
        ends = np.array([not moves for moves in self.moves])
        R = np.array(self.goals, dtype=np.float64)[targets].reshape(size, count)
        return TabularMDP(P, R, gamma=gamma, initial=0, terminal=ends)


def explore(
    start: Hashable,
    moves: Callable[[Any], Iterable[tuple[str, Hashable]]],
    goal: Callable[[Any], bool],
    *,
    most: int = 50_000,
) -> Graph:
    """Everything that can be reached from a start, breadth first; nothing follows a goal.

    Args:
        moves: of a state, (name, state that it leads to).
        most: states, at most.

    Raises:
        BadOption: if there are more.
    """
    states, number = [start], {start: 0}
    found: list[tuple[tuple[str, int], ...]] = []
    goals = []
    for state in states:
        ends = goal(state)
        goals.append(ends)
        mine = []
        for name, target in () if ends else moves(state):
            k = number.get(target)
            if k is None:
                k = number[target] = len(states)
                if k >= most:
                    raise BadOption(f"more than {most} states", where="explore", expected="a smaller world")
                states.append(target)
            mine.append((name, k))
        found.append(tuple(mine))
    return Graph(tuple(states), tuple(found), tuple(goals))
