"""Points said as numbers: losses that change, or one function to make small.

    x ← Π(x − η_t g),    η_t = rate · radius / √t

The advice is a point; whoever plays it in each round plays projected gradient descent.

Source: Zinkevich, "Online Convex Programming and Generalized Infinitesimal Gradient Ascent", ICML 2003, Section 2.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.domains import project
from rewardlab.envs.bandits.wording.speech import COUNT, Wording, rounds_of
from rewardlab.envs.rules import Columns, State

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?!\w|\.\w)")


class Points(Wording):
    """d numbers an answer, told in the bandit's own unit.

    Attributes:
        unit: what an action of 1 stands for.
        size: d.
    """

    guided: ClassVar[str] = "the suggestion is a good choice"

    def prepare(self) -> None:
        self.action_space, self.rounds = self.bandit.action_space, rounds_of(self.bandit)
        self.size, self.unit = int(self.action_space.shape[0]), self.unit_of()  # type: ignore[index]
        self.width, self.answer = self.notes(), max(64, 26 * self.size)
        some = "one number" if self.size == 1 else f"{self.size} numbers"
        self.unclear = f"The last answer was not {some}, so that chance chose."  # type: ignore[misc]

    def unit_of(self) -> float:
        """The unit of the bandit's actions."""
        return float(getattr(self.bandit, "radius", 1.0))

    def notes(self) -> int:
        """W."""
        raise NotImplementedError

    def parse(self, said: str) -> tuple[Array | None, bool]:
        if len(said) > self.answer:
            return None, False
        found = _NUMBER.findall(said)
        if len(found) != self.size:
            return None, False
        wanted = np.array([float(x) for x in found]) / self.unit
        x = np.clip(wanted, -1.0, 1.0)
        return x.astype(np.float32), bool((x != wanted).any())

    def chance(self, rng: Streams) -> Array:
        return (2.0 * rng.uniform((self.size,)) - 1.0).astype(np.float32)

    def reply(self) -> str:
        low, high = self.number(-self.unit), self.number(self.unit)
        if self.size == 1:
            return f"Answer with one number from {low} to {high}."
        return f"Answer with {self.size} numbers from {low} to {high}, with spaces between."

    def advised(self, memory: State, before: State, i: int) -> Array:
        """The point [d] that an algorithm would play."""
        raise NotImplementedError

    def guide(self, memory: State, before: State, i: int) -> list[str]:
        return [*self.summary(memory, before, i), f"suggestion: {self.numbers(self.advised(memory, before, i))}"]

    def room(self, form: str, window: int) -> int:
        each = (2 * self.size + 2) * (self.wide + 1) + 40
        return window * each if form == "history" else 6 * each + COUNT


class Losses(Points):
    """A point of a domain a round, its loss and the gradient there."""

    aim: ClassVar[str] = ""
    options: ClassVar[Mapping[str, float]] = {"rate": 1.0}

    def notes(self) -> int:
        return 2 * self.size + 1

    def area(self) -> str:
        """Where points lie."""
        return str(getattr(self.bandit, "domain", "box"))

    def task(self) -> str:
        d, r = self.size, self.number(self.unit)
        where = {
            "simplex": f"shares of {d} experts, which are made to sum to 1",
            "ball": f"a point of the ball of radius {r} in {d} dimensions; one outside is moved to its rim",
            "box": f"{d} numbers from -{r} to {r}",
        }
        law = "The loss is one function that stays." if hasattr(self.bandit, "problem") else (
            "Losses change from round to round, by no law that one may rely on; lose little against the best single "
            "point of all rounds."
        )  # fmt: skip
        return f"Choose {where[self.area()]}; you are told the loss there and its gradient. {law}"

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        return np.concatenate([columns["played"], columns["loss"][:, None], columns["gradient"]], axis=1)

    def line(self, note: np.ndarray) -> str:
        d = self.size
        point, gradient = self.numbers(note[:d]), self.numbers(note[d + 1 :])
        return f"{point}: loss {self.number(note[d])}, gradient {gradient}"

    def begin(self, n: int) -> State:
        zero = np.zeros((n, self.size))
        middle = zero + 1.0 / self.size if self.area() == "simplex" else zero
        return {
            "t": np.zeros(n, dtype=np.int64), "lost": np.zeros(n), "slopes": zero, "x": middle, "g": zero + 0.0,
        }  # fmt: skip

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        return {
            "t": memory["t"] + 1,
            "lost": memory["lost"] + columns["loss"],
            "slopes": memory["slopes"] + columns["gradient"],
            "x": columns["played"] + 0.0,
            "g": columns["gradient"] + 0.0,
        }

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        t = int(memory["t"][i])
        if not t:
            return []
        return [
            f"mean loss {self.number(memory['lost'][i] / t)}",
            f"mean gradient {self.numbers(memory['slopes'][i] / t)}",
            f"last point {self.numbers(memory['x'][i])}",
            f"gradient there {self.numbers(memory['g'][i])}",
        ]

    def advised(self, memory: State, before: State, i: int) -> Array:
        rate = self.option["rate"] * self.unit / np.sqrt(max(int(memory["t"][i]), 1))
        step = memory["x"][i : i + 1] - rate * memory["g"][i : i + 1]
        return np.asarray(project(step, self.area(), self.unit))[0]
