"""Arms by name whose losses follow no law, and the chances that exponential weights give them.

    p_k ∝ exp(−η_t L̂_k)
    one loss is seen: L̂_a += ℓ / p_a, η_t = √(ln K / (K t));    all are: L̂ = L, η_t = √(8 ln K / t)

Source: Auer, Cesa-Bianchi, Freund, Schapire, "The Nonstochastic Multiarmed Bandit Problem", SIAM Journal on Computing
2002, Figure 1; Cesa-Bianchi, Lugosi, "Prediction, Learning, and Games", Cambridge University Press 2006, Theorem 2.3.
"""

import math
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.envs.bandits.wording.arms import Arms
from rewardlab.envs.bandits.wording.speech import COUNT, added, vector
from rewardlab.envs.rules import Columns, State


class Adversaries(Arms):
    """K arms with losses in [0, 1]."""

    options: ClassVar[dict[str, float]] = {}
    aim: ClassVar[str] = ""
    guided: ClassVar[str] = "draw a name by these chances, for whoever can be foreseen can be hurt"

    def prepare(self) -> None:
        super().prepare()
        self.full = self.bandit.feedback == "full"
        self.width = 1 + (len(self.names) if self.full else 1)

    def task(self) -> str:
        told = ", ".join(self.names)
        if self.bandit.features is not None:
            told = "; ".join(f"{x} ({vector(f)})" for x, f in zip(self.names, self.bandit.features, strict=True))
        shown = "are told the losses of all" if self.full else "are told its loss alone"
        return (
            f"There are {len(self.names)} choices: {told}. Each choice loses something from 0 to 1 in each round, by "
            f"no law that one may rely on; you {shown}. Lose little against the best single choice of all rounds."
        )

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        told = columns["losses"] if self.full else columns["loss"][:, None]
        return np.concatenate([action[:, None], told], axis=1)

    def line(self, note: np.ndarray) -> str:
        name = self.names[int(note[0])]
        if not self.full:
            return f"{name} lost {self.number(note[1])}"
        told = zip(self.names, note[1:], strict=True)
        return f"{name}; losses " + ", ".join(f"{x} {self.number(loss)}" for x, loss in told)

    def begin(self, n: int) -> State:
        return {**super().begin(n), "losses": np.zeros((n, len(self.names)))}

    def chances(self, losses: Array, t: Array) -> Array:
        """p [n, K] in round t [n] >= 1 after estimated losses [n, K]."""
        k = len(self.names)
        rate = np.sqrt(8 * math.log(k) / t) if self.full else np.sqrt(math.log(k) / (k * t))
        weight = np.exp(-rate[:, None] * (losses - losses.min(1, keepdims=True)))
        return weight / weight.sum(1, keepdims=True)

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        losses, row = memory["losses"], np.arange(len(action))
        if self.full:
            after = losses + columns["losses"]
        else:
            p = self.chances(losses, memory["counts"].sum(1) + 1)[row, action]
            after = added(losses, action, columns["loss"] / np.maximum(p, 1e-12))
        own = added(memory["totals"], action, columns["loss"])
        return {"counts": added(memory["counts"], action, 1), "totals": own, "losses": after}

    def seen(self, memory: State, before: State, i: int) -> list[str]:
        counts, t = memory["counts"][i].tolist(), int(memory["counts"][i].sum())
        if not self.full:
            return [f"chosen {n}" for n in counts]
        losses = memory["losses"][i].tolist()
        told = zip(counts, losses, strict=True)
        return [f"chosen {n}" + (f", loss in all rounds {self.number(x / t)}" if t else "") for n, x in told]

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        return [line.replace(", mean ", ", mean loss ") for line in super().summary(memory, before, i)]

    def guide(self, memory: State, before: State, i: int) -> list[str]:
        t = memory["counts"][i : i + 1].sum(1) + 1
        p = self.chances(memory["losses"][i : i + 1], t)[0].tolist()
        told = zip(self.names, memory["counts"][i].tolist(), p, strict=True)
        return [f"{name}: chosen {n}, chance {self.number(x)}" for name, n, x in told]

    def room(self, form: str, window: int) -> int:
        k, each = len(self.names), self.longest_name + self.wide
        if form == "history":
            return window * (
                self.longest_name + len("; losses \n") + (k if self.full else 1) * (each + len(" , lost "))
            )
        return k * (each + len(": chosen , mean loss , chance , loss in all rounds \n") + COUNT + 2 * self.wide)
