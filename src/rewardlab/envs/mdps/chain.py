"""Chain: states in a row; each action goes up, stays or goes down with probabilities of its own.

    P(s ± 1 | s, a) = up[a, s], down[a, s],    r = pay[a, s] + arrival[s'] where s' ≠ s

The family of the river swim (a current against the way to the better end), the random walk (two ends, one pays) and the
chain with a distractor (a near end that pays a little).

Source: Strehl, Littman, "An Analysis of Model-Based Interval Estimation for Markov Decision Processes", Journal of
Computer and System Sciences 2008 (RiverSwim; its pays divided by 10,000, its current as in later work);
Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Example 6.2 (random walk).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps.birth_death import birth_death, profiles
from rewardlab.envs.mdps.kernel import Tabular
from rewardlab.envs.picture import BLUE, GOLD, INK, LINE, RED, Picture
from rewardlab.envs.world import Card, State


@dataclass
class Chain(Tabular):
    """States 0..N-1 in a row.

    Rows of `up`, `down`, `pay` and `truth` belong to actions. A row is one number for all states, three numbers for the
    first, the inner and the last state, or N numbers. A step beyond an end of the chain stays.

    Args:
        states: N >= 3.
        up: [A] rows, probability of s + 1.
        down: [A] rows, probability of s - 1.
        pay: [A] rows, paid for an action in a state; None for 0.
        arrival: one row, paid for entering a state from another one.
        truth: [A] rows, the true reward in place of `pay`, where that is a proxy; None if it is not.
        first: the state in which episodes begin.
        ends: terminal states; negative numbers count from the last one.
        gamma: discount in [0, 1], None for the average-reward criterion; without meaning where there is a horizon.
        horizon: H >= 1, an episode's steps; None if only `ends` end it.
        observation: "index", "one_hot", or "state", which does not tell the step of a horizon.
        steps: the steps that the returns of `describe()` count where there is no horizon; ids set it to their limit.

    Raises:
        BadOption: for fewer than 3 states, rows of another form, probabilities beyond 1, or states that are not there.
    """

    states: int = 20
    up: Sequence[Any] = (0.0, 1.0)
    down: Sequence[Any] = (1.0, 0.0)
    pay: Sequence[Any] | None = None
    arrival: Any = (0.0, 0.0, 1.0)
    truth: Sequence[Any] | None = None
    first: int = 0
    ends: Sequence[int] = (-1,)
    gamma: float | None = 0.99
    horizon: int | None = None
    observation: str = "index"
    steps: int = 200

    def __post_init__(self) -> None:
        n = self.states
        if isinstance(n, bool) or not isinstance(n, int) or n < 3:
            raise _bad(f"states={n!r}", "an integer of at least 3")
        up, down = (profiles(x, n, name=k, where="Chain") for k, x in (("up", self.up), ("down", self.down)))
        P = birth_death(up, down, where="Chain")
        zero = tuple(0.0 for _ in range(len(up)))
        arrival = profiles([self.arrival], n, name="arrival", where="Chain")[0]
        ends = np.array([e if isinstance(e, int) and -n <= e < n else n for e in self.ends], dtype=np.int64)
        if (ends == n).any():
            raise _bad(f"ends={self.ends!r}", f"states from {-n} to {n - 1}")
        terminal = np.zeros(n, dtype=bool)
        terminal[ends] = True
        if (
            isinstance(self.first, bool)
            or not isinstance(self.first, int)
            or not 0 <= self.first < n
            or terminal[self.first]
        ):
            raise _bad(f"first={self.first!r}", f"a state from 0 to {n - 1} that does not end the episode")
        tables = []
        for name, rows in (("pay", zero if self.pay is None else self.pay), ("truth", self.truth)):
            if rows is None:
                continue
            pay = profiles(rows, n, name=name, where="Chain")
            if len(pay) != len(up):
                raise _bad(f"{name} for {len(pay)} actions", f"for {len(up)}")
            tables.append(pay.T[:, :, None] + arrival * (1 - np.eye(n))[:, None])  # [N, A, N]
        process = TabularMDP(P, tables[0], gamma=self.gamma, initial=self.first, terminal=terminal)
        best = terminal & (arrival == arrival.max()) & (arrival > 0)
        self._open(
            process,
            horizon=self.horizon,
            observation=self.observation,
            truth=tables[1] if len(tables) > 1 else None,
            goal=best if best.any() else None,
            steps=self.steps,
        )

    def draw(self, state: State, i: int) -> np.ndarray:
        n, at = self.states, int(state["state"][i])
        side = 560 / n
        picture = Picture(120, 560)
        picture.line(side / 2, 60, 560 - side / 2, 60, 3, LINE)
        for s in range(n):
            colour = RED if s == at else GOLD if self.process.terminal[s] else BLUE
            picture.disc((s + 0.5) * side, 60, min(side * 0.4, 24), colour)
        picture.write(self.text(state, i).split("\n")[-1], 280, 100, INK, size=1, middle=True)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        marks = np.where(self.process.terminal, "$", ".")
        marks[int(state["state"][i])] = "o"
        return "".join(marks) + "\n" + super().text(state, i)

    def card(self) -> Card:
        ends = ", ".join(str(s) for s in np.flatnonzero(self.process.terminal))
        gain = f" Returns are those of {self.steps} steps." if not ends and self.horizon is None else ""
        pays = "pay[a, s] of the table" + (", a proxy of truth[a, s]" if self.truth is not None else "")
        return self._card(
            summary=f"{self.states} states in a row; actions go up, stay or go down"
            + (f"; {ends} end the episode." if ends else f"; nothing ends it.{gain}"),
            state="place in the row",
            actions={str(a): f"up with {_range(u)}, down with {_range(d)}" for a, (u, d) in enumerate(self._moves())},
            reward=f"{pays}, plus the state's arrival pay when it is entered",
            source="Strehl and Littman, An Analysis of Model-Based Interval Estimation, JCSS 2008; Sutton and Barto, "
            "Reinforcement Learning: An Introduction, 2018, Example 6.2",
        )

    def _moves(self) -> list[tuple[np.ndarray, np.ndarray]]:
        P = self.process.dense()[0]
        s = np.arange(self.states - 1)
        live = ~self.process.terminal
        return [
            (P[s, a, s + 1][live[:-1]], P[s + 1, a, s][live[1:]]) for a in range(self.process.num_actions)
        ]  # fmt: skip


def _range(x: np.ndarray) -> str:
    low, high = (float(f(x)) if len(x) else 0.0 for f in (np.min, np.max))
    return f"{low:g}" if low == high else f"{low:g}..{high:g}"


def _bad(what: str, expected: str) -> BadOption:
    return BadOption(what, where="Chain", expected=expected)
