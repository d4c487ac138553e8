"""Small processes written down by the names of their states, with the rewards that one may pay in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.mdp import TabularMDP


@dataclass(frozen=True)
class Table:
    """A small process and the rewards that one may pay in it.

    Args:
        process: with the first reward.
        pays: name -> reward, [S, A] or [S, A, S].
        truth: the name of the reward that is meant.
        known: name -> a number that holds of it.
        horizon: H, None for a process without one.
        names: what the states are called.
        about: what it shows.
    """

    process: TabularMDP
    pays: Mapping[str, np.ndarray]
    truth: str
    known: Mapping[str, float]
    horizon: int | None
    names: tuple[str, ...]
    about: str


@dataclass
class Sketch:
    """A process written down edge by edge."""

    names: list[str]
    actions: int
    edges: dict[tuple[int, int], list[tuple[float, int]]] = field(default_factory=dict)

    def add(self, state: str, action: int, *branches: tuple[float, str]) -> None:
        """From a state an action leads to names with probabilities."""
        self.edges[self.names.index(state), action] = [(p, self.names.index(s)) for p, s in branches]

    def build(self, R: np.ndarray, *, gamma: float | None, ends: tuple[str, ...] = (), initial: Any = 0) -> TabularMDP:
        """The process; an action without an edge stays."""
        S = len(self.names)
        P = np.zeros((S, self.actions, S))
        for s in range(S):
            for a in range(self.actions):
                for p, after in self.edges.get((s, a), [(1.0, s)]):
                    P[s, a, after] += p
        terminal = np.isin(self.names, ends)
        return TabularMDP(P, R, gamma=gamma, initial=initial, terminal=terminal)
