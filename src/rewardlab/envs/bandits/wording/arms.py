"""Arms by name whose pay is seen at once: fixed ones, with UCB1 as the guide, and ones that change.

    x̄_k + √(c ln t / n_k)                                         means that stay
    X̄_k + 2 w √(ξ ln n / N_k),   N_k = Σ_{s: a_s = k} γ^{t − s}    means that change

Source: Auer, Cesa-Bianchi, Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", Machine Learning 2002,
Figure 1; Garivier, Moulines, "On Upper-Confidence Bound Policies for Switching Bandit Problems", ALT 2011, Section 2.
"""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.wording.speech import COUNT, Wording, added, rounds_of, ucb1
from rewardlab.envs.rules import Columns, State


class Arms(Wording):
    """K arms, one a round, each with a law that stays."""

    options: ClassVar[Mapping[str, float]] = {"exploration": 2.0}
    even: ClassVar[bool] = True
    """Whether bandits that do not say how they pay do so with 1 or 0."""
    stay: ClassVar[str] = "each of them has a mean pay of its own that never changes"

    def prepare(self) -> None:
        self.names = self.called(int(self.bandit.action_space.n))
        self.action_space, self.width, self.rounds = self.bandit.action_space, 2, rounds_of(self.bandit)
        pay = getattr(self.bandit, "pay", None)
        self.ones = self.even if pay is None else pay.deviation is None  # pay of 1 or 0

    def begin(self, n: int) -> State:
        k = len(self.names)
        return {"counts": np.zeros((n, k), dtype=np.int64), "totals": np.zeros((n, k))}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        return {"counts": added(memory["counts"], action, 1), "totals": added(memory["totals"], action, reward)}

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        return np.stack([action, reward], axis=1)

    def task(self) -> str:
        things = "buttons" if self.domain == "labels" else "products to show"
        return f"There are {len(self.names)} {things}: {', '.join(self.names)}. {self.pays()} {self.stay}."

    def pays(self) -> str:
        """What a choice pays."""
        return f"Each choice pays {'1 or 0' if self.ones else 'a number'} by chance;"

    def line(self, note: np.ndarray) -> str:
        return f"{self.names[int(note[0])]} {self.number(note[1])}"

    def seen(self, memory: State, before: State, i: int) -> list[str]:
        """What is told of each arm beside its mean."""
        return [f"chosen {n}" for n in memory["counts"][i].tolist()]

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        counts, totals = memory["counts"][i].tolist(), memory["totals"][i].tolist()
        told = zip(self.names, self.seen(memory, before, i), counts, totals, strict=True)
        return [f"{name}: {what}" + (f", mean {self.number(x / n)}" if n else "") for name, what, n, x in told]

    def index(self, memory: State, before: State, i: int) -> tuple[Array, Array]:
        """Value and bonus [K] of each arm in row i."""
        counts = memory["counts"][i]
        means = memory["totals"][i] / np.maximum(counts, 1)
        return ucb1(counts, means, self.option["exploration"], int(counts.sum()))

    def guide(self, memory: State, before: State, i: int) -> list[str]:
        return self.table([f"{what}, " for what in self.seen(memory, before, i)], *self.index(memory, before, i))

    def room_seen(self) -> int:
        """No text of `seen` has more characters."""
        return len("chosen ") + COUNT

    def room(self, form: str, window: int) -> int:
        if form == "history":
            return window * (self.longest_name + (1 if self.ones else self.wide) + 2)
        each = self.longest_name + len(": , mean , bonus \n") + self.room_seen() + 2 * self.wide
        return len(self.names) * each


class Changing(Arms):
    """Arms whose means move; what one last saw of them is told too, and the guide forgets."""

    options: ClassVar[Mapping[str, float]] = {"discount": 0.95, "xi": 0.6, "span": 1.0}
    stay: ClassVar[str] = "what it pays on average changes with time"
    guided: ClassVar[str] = "old pulls count less, and the largest sum of mean and bonus is a good choice"

    def prepare(self) -> None:
        super().prepare()
        if not self.option["discount"] <= 1.0:
            raise BadOption(f"discount={self.option['discount']!r}", where=type(self.bandit).__name__, expected="0..1")

    def begin(self, n: int) -> State:
        k = len(self.names)
        own = {"weights": np.zeros((n, k)), "weighted": np.zeros((n, k)), "latest": np.zeros((n, k))}
        return {**super().begin(n), **own, "when": np.full((n, k), -1)}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        fade, row, t = self.option["discount"], np.arange(len(action)), memory["counts"].sum(1)
        latest, when = memory["latest"].copy(), memory["when"].copy()
        latest[row, action], when[row, action] = reward, t
        return {
            **super().learn(memory, before, action, reward, columns),
            "weights": added(memory["weights"] * fade, action, 1.0),
            "weighted": added(memory["weighted"] * fade, action, reward),
            "latest": latest,
            "when": when,
        }

    def seen(self, memory: State, before: State, i: int) -> list[str]:
        t = int(memory["counts"][i].sum())
        rows = zip(*(memory[key][i].tolist() for key in ("counts", "latest", "when")), strict=True)
        return [f"chosen {n}" + (f", last pay {self.number(x)}, {t - s} rounds back" if n else "") for n, x, s in rows]

    def index(self, memory: State, before: State, i: int) -> tuple[Array, Array]:
        weights, weighted = memory["weights"][i], memory["weighted"][i]
        had = weights > 0
        held = np.where(had, weights, 1.0)
        scale = self.option["xi"] * math.log(max(float(weights.sum()), 1.0))
        return weighted / held, np.where(had, 2 * self.option["span"] * np.sqrt(scale / held), np.inf)

    def room_seen(self) -> int:
        return super().room_seen() + len(", last pay ,  rounds back") + self.wide + COUNT
