"""Responses to prompts by name, paid at once, by a truth or by a proxy.

    x̄_xk + √(c ln t_x / n_xk)    of each response k to the prompt x, after t_x answers to it

An answer ends an episode of the bandit, so that the text tells of many: what was paid for a response to a prompt will
be paid for it again.

Source: Auer, Cesa-Bianchi, Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", Machine Learning 2002,
Figure 1 (for each prompt alone).
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.wording.speech import COUNT, Wording, ucb1
from rewardlab.envs.rules import Columns, State


class Replies(Wording):
    """P prompts with K responses."""

    options: ClassVar[Mapping[str, float]] = {"exploration": 2.0}
    keeps: ClassVar[bool] = True

    def prepare(self) -> None:
        if getattr(self.bandit, "multi_objective", False):
            raise BadOption("multi_objective=True", where="BanditText", expected="a reward that is one number")
        self.prompts, responses = int(self.bandit.observation_space.n), int(self.bandit.action_space.n)
        self.names = tuple(f"R{k + 1}" for k in range(responses)) if self.domain == "labels" else self.called(responses)
        self.action_space, self.width, self.rounds = self.bandit.action_space, 3, 1

    def task(self) -> str:
        names = ", ".join(self.names) if len(self.names) <= 30 else f"{self.names[0]} to {self.names[-1]}"
        judge = "a judge who may err" if hasattr(self.bandit, "proxies") else "a judge"
        return (
            f"You are asked one of {self.prompts} prompts and give one of its {len(self.names)} responses: {names}. "
            f"Responses of two prompts have nothing in common but their names; {judge} pays for one response "
            "always the same."
        )

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        return np.stack([before["prompt"], action, reward], axis=1)

    def line(self, note: np.ndarray) -> str:
        return f"prompt {int(note[0]) + 1}: {self.names[int(note[1])]} paid {self.number(note[2])}"

    def begin(self, n: int) -> State:
        shape = (n, self.prompts, len(self.names))
        return {"counts": np.zeros(shape, dtype=np.int64), "totals": np.zeros(shape)}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        counts, totals = memory["counts"].copy(), memory["totals"].copy()
        cell = np.arange(len(action)), before["prompt"], action
        counts[cell] += 1
        totals[cell] += reward
        return {"counts": counts, "totals": totals}

    def _here(self, memory: State, before: State, i: int) -> tuple[Array, Array]:
        x = int(before["prompt"][i])
        counts = memory["counts"][i, x]
        return counts, memory["totals"][i, x] / np.maximum(counts, 1)

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        counts, means = self._here(memory, before, i)
        rows = zip(self.names, counts.tolist(), means.tolist(), strict=True)
        return [f"{name}: given {n}, mean {self.number(mean)}" for name, n, mean in rows if n]

    def guide(self, memory: State, before: State, i: int) -> list[str]:
        counts, means = self._here(memory, before, i)
        value, bonus = ucb1(counts, means, self.option["exploration"], int(counts.sum()))
        return self.table([f"given {n}, " for n in counts.tolist()], value, bonus)

    def now(self, before: State, i: int) -> list[str]:
        return [f"now prompt {int(before['prompt'][i]) + 1}"]

    def room(self, form: str, window: int) -> int:
        if form == "history":
            return window * (self.longest_name + len("prompt :  paid \n") + COUNT + self.wide)
        return len(self.names) * (self.longest_name + len(": given , mean , bonus \n") + COUNT + 2 * self.wide)

    def room_now(self) -> int:
        return len("now prompt \n") + COUNT
