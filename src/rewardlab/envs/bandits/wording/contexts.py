"""Arms that are vectors of the round, in one task or in several, and fresh responses told by their features.

    φ · θ̂ + α ‖φ‖ in A⁻¹,    A = I + Σ φ φᵀ,    θ̂ = A⁻¹ Σ φ r    of each task

φ is the vector that is shown, whatever the pay makes of it: of logistic or hidden features it is the linear guess.

Source: Li, Chu, Langford, Schapire, "A Contextual-Bandit Approach to Personalized News Article Recommendation", WWW
2010, Algorithm 1 (with one θ for all arms).
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.envs.bandits.wording.speech import COUNT, Wording, ridge, rounds_of, vector
from rewardlab.envs.rules import Columns, State

_ENTRY = 8  # characters of a feature with two decimals


class Contexts(Wording):
    """n vectors in each round of M tasks."""

    options: ClassVar[Mapping[str, float]] = {"alpha": 1.0}

    def prepare(self) -> None:
        self.tasks, arms, self.size = self.shape()
        self.names, self.many = self.called(arms), self.tasks
        self.action_space, self.rounds = self.bandit.action_space, rounds_of(self.bandit)
        self.width = self.tasks * (2 + self.size)
        if self.tasks > 1:
            self.unclear = (  # type: ignore[misc]
                f"The last answer did not hold {self.tasks} names, so that chance chose."
            )

    def shape(self) -> tuple[int, int, int]:
        """M, n and d."""
        shape = self.bandit.observation_space.shape
        return shape if len(shape) == 3 else (1, *shape)

    def vectors(self, before: State) -> Array:
        """The arms [N, M, n, d] of the round, float64."""
        return np.asarray(self.bandit.vectors(before), dtype=np.float64)

    def chosen(self, before: State, action: Array) -> tuple[Array, Array]:
        """The arms [N, M] that were chosen, and their vectors [N, M, d]."""
        arms = action.reshape(len(action), self.tasks)
        x = self.vectors(before)
        return arms, np.take_along_axis(x, arms[:, :, None, None], axis=2)[:, :, 0]

    def pay(self, reward: Array, columns: Columns) -> Array:
        """[N, M] the pay of each task."""
        return columns["rewards"] if "rewards" in columns else reward[:, None]

    def task(self) -> str:
        names, d = ", ".join(self.names), self.size
        if self.tasks == 1:
            return f"In each round there are {len(self.names)} vectors of {d} numbers: {names}. {self.law()}"
        many = (
            f"In each round there are {self.tasks} tasks with {len(self.names)} vectors of {d} numbers each: {names}."
        )
        return f"{many} {self.law()} Tasks have something in common."

    def law(self) -> str:
        """What a vector pays."""
        return "What a vector pays follows, up to chance, from its numbers by a rule that stays."

    def reply(self) -> str:
        return "Answer with one name." if self.tasks == 1 else f"Answer with {self.tasks} names, one for each task."

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        arms, x = self.chosen(before, action)
        return np.concatenate([arms, self.pay(reward, columns), x.reshape(len(x), -1)], axis=1)

    def line(self, note: np.ndarray) -> str:
        m = self.tasks
        each = zip(note[:m], note[m : 2 * m], note[2 * m :].reshape(m, -1), strict=True)
        return "; ".join(f"{self.names[int(k)]} ({vector(x)}) paid {self.number(pay)}" for k, pay, x in each)

    def begin(self, n: int) -> State:
        m, d = self.tasks, self.size
        V = np.tile(np.eye(d), (n, m, 1, 1))
        return {"t": np.zeros(n, dtype=np.int64), "V": V, "b": np.zeros((n, m, d)), "totals": np.zeros((n, m))}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        _, x = self.chosen(before, action)
        pay = self.pay(reward, columns)
        return {
            "t": memory["t"] + 1,
            "V": memory["V"] + x[..., :, None] * x[..., None, :],
            "b": memory["b"] + x * pay[..., None],
            "totals": memory["totals"] + pay,
        }

    def _titled(self, task: int) -> str:
        return f"task {task + 1} " if self.tasks > 1 else ""

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        t = int(memory["t"][i])
        if not t:
            return []
        lines = []
        for m in range(self.tasks):
            products = self.numbers(memory["b"][i, m] / t)
            squares = self.numbers((np.diagonal(memory["V"][i, m]) - 1.0) / t)
            lines += [
                f"{self._titled(m)}mean pay {self.number(memory['totals'][i, m] / t)}",
                f"mean of each number times pay: {products}",
                f"mean square of each number: {squares}",
            ]
        return lines

    def guide(self, memory: State, before: State, i: int) -> list[str]:
        x, lines = self.vectors({key: value[i : i + 1] for key, value in before.items()})[0], []
        for m in range(self.tasks):
            value, bonus = ridge(x[m], memory["V"][i, m], memory["b"][i, m], self.option["alpha"])
            lines += [self._titled(m) + line for line in self.table([""] * len(value), value, bonus)]
        return lines

    def now(self, before: State, i: int) -> list[str]:
        x = self.vectors({key: value[i : i + 1] for key, value in before.items()})[0]
        lines = ["now"]
        for m in range(self.tasks):
            lines += [f"{self._titled(m)}{name} ({vector(row)})" for name, row in zip(self.names, x[m], strict=True)]
        return lines

    def room(self, form: str, window: int) -> int:
        if form == "history":
            each = self.longest_name + len(" () paid ; ") + self.size * _ENTRY + self.wide
            return window * self.tasks * each
        title = self.longest_name + len("task  ") + COUNT
        if form == "guide":
            return self.tasks * len(self.names) * (title + len(": mean , bonus \n") + 2 * self.wide)
        words = len("mean pay \nmean of each number times pay: \nmean square of each number: \n")
        return self.tasks * (title + words + (2 * self.size + 1) * (self.wide + 1))

    def room_now(self) -> int:
        each = len("task   ()\n") + COUNT + self.longest_name + self.size * _ENTRY
        return len("now\n") + self.tasks * len(self.names) * each


class Draws(Contexts):
    """Fresh responses by name, told by their features and paid by a proxy."""

    keeps: ClassVar[bool] = True

    def shape(self) -> tuple[int, int, int]:
        return (1, *self.bandit.observation_space.shape)

    def prepare(self) -> None:
        super().prepare()
        self.rounds = 1

    def vectors(self, before: State) -> Array:
        return np.asarray(before["z"], dtype=np.float64)[:, None]

    def law(self) -> str:
        return "Each is a response to a request, in numbers; a judge who may err pays for it."
