"""Arms by name whose pay comes late, with or without a word about which choice it is of.

    labelled     x̄_k of the pay that has arrived, + √(c ln t / m_k) with m_k the pays that arrived of t choices
    anonymous    the same, with all that arrives in a round booked to the choice of that round
    end          μ̂ = V⁻¹ Σ n R and α √(V⁻¹_kk),  V = I + Σ n nᵀ over episodes with choices n [K] and sums R

Source: Joulani, György, Szepesvári, "Online Learning under Delayed Feedback", ICML 2013, Section 4 (UCB on what has
arrived); Pike-Burke, Agrawal, Szepesvári, Grünewälder, "Bandits with Delayed, Aggregated Anonymous Feedback", ICML
2018, Section 1 (booking ours).
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.envs.bandits.wording.arms import Arms
from rewardlab.envs.bandits.wording.speech import COUNT, added, ridge, ucb1
from rewardlab.envs.rules import Columns, State


class Delayed(Arms):
    """K arms, and pay that is on its way."""

    options: ClassVar[Mapping[str, float]] = {"exploration": 2.0, "alpha": 1.0}

    def prepare(self) -> None:
        super().prepare()
        self.feedback = self.bandit.feedback
        self.keeps = self.feedback == "end"  # type: ignore[misc]  # the means stay, and only ends of episodes tell
        if self.feedback == "anonymous":
            self.guided = (  # type: ignore[misc]
                "what comes in a round is booked to the choice of that round, and the largest sum of mean and bonus is "
                "a good choice"
            )
        self.width = 1 + 2 * len(self.names) if self.feedback == "labelled" else 2

    def task(self) -> str:
        later = {
            "labelled": "Pay comes some rounds later, and you are told what each pay was for.",
            "anonymous": "Pay comes some rounds later, and you are told only the sum of what comes in a round.",
            "end": f"Pay comes with the last of every {self.rounds} choices, as one sum.",
        }
        return f"{super().task()} {later[self.feedback]}"

    def arrived(self, action: Array, reward: Array, columns: Columns) -> tuple[Array, Array]:
        """How many pays are booked to each arm, and their sum [n, K]."""
        n, k = len(action), len(self.names)
        count, total = np.zeros((n, k), dtype=np.int64), np.zeros((n, k))
        if self.feedback != "labelled":
            return added(count, action, 1), added(total, action, reward)
        for arm in range(k):
            own = columns["arrived_arm"] == arm
            count[:, arm], total[:, arm] = own.sum(1), np.where(own, columns["arrived_pay"], 0.0).sum(1)
        return count, total

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        if self.feedback != "labelled":
            return np.stack([action, reward], axis=1)
        return np.concatenate([action[:, None], *self.arrived(action, reward, columns)], axis=1)

    def line(self, note: np.ndarray) -> str:
        name, k = self.names[int(note[0])], len(self.names)
        if self.feedback != "labelled":
            return f"{name}: came {self.number(note[1])}"
        came = [
            f"{x} {self.number(note[1 + k + j])} of {note[1 + j]:.0f}" for j, x in enumerate(self.names) if note[1 + j]
        ]
        return f"{name}: came " + (", ".join(came) or "nothing")

    def begin(self, n: int) -> State:
        k = len(self.names)
        own = {**super().begin(n), "arrived": np.zeros((n, k), dtype=np.int64)}
        if self.feedback == "end":
            own |= {"here": np.zeros((n, k)), "V": np.tile(np.eye(k), (n, 1, 1)), "b": np.zeros((n, k))}
            own["sums"] = np.zeros((n, 2))  # of whole episodes: how many, and what they paid
        return own

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        count, total = self.arrived(action, reward, columns)
        after = {
            "counts": added(memory["counts"], action, 1),
            "arrived": memory["arrived"] + count,
            "totals": memory["totals"] + total,
        }
        if self.feedback == "end":
            here = added(memory["here"], action, 1.0)
            over = (columns["outstanding"] == 0).astype(np.float64)[:, None]
            after |= {
                "here": here * (1.0 - over),
                "V": memory["V"] + over[:, :, None] * here[:, :, None] * here[:, None, :],
                "b": memory["b"] + over * here * reward[:, None],
                "sums": memory["sums"] + over * np.stack([np.ones_like(reward), reward], axis=1),
            }
        return after

    def seen(self, memory: State, before: State, i: int) -> list[str]:
        counts, arrived = memory["counts"][i].tolist(), memory["arrived"][i].tolist()
        if self.feedback != "labelled":
            return [f"chosen {n}" for n in counts]
        return [f"chosen {n}, paid {m} times" for n, m in zip(counts, arrived, strict=True)]

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        told = zip(self.names, self.seen(memory, before, i), strict=True)
        if self.feedback == "labelled":
            rows = zip(told, memory["arrived"][i].tolist(), memory["totals"][i].tolist(), strict=True)
            return [f"{name}: {what}" + (f", mean {self.number(x / m)}" if m else "") for (name, what), m, x in rows]
        lines = [f"{name}: {what}" for name, what in told]
        if self.feedback == "anonymous":
            return [*lines, f"came in all {self.number(memory['totals'][i].sum())}"]
        episodes, paid = memory["sums"][i].tolist()
        return [*lines, f"episodes {episodes:.0f}, came in all {self.number(paid)}"]

    def index(self, memory: State, before: State, i: int) -> tuple[Array, Array]:
        if self.feedback == "end":
            return ridge(np.eye(len(self.names)), memory["V"][i], memory["b"][i], self.option["alpha"])
        arrived = memory["arrived"][i]
        means = memory["totals"][i] / np.maximum(arrived, 1)
        return ucb1(arrived, means, self.option["exploration"], int(memory["counts"][i].sum()))

    def room_seen(self) -> int:
        return super().room_seen() + len(", paid  times") + COUNT

    def room(self, form: str, window: int) -> int:
        if form != "history":
            return super().room(form, window) + len("episodes , came in all \n") + COUNT + self.wide
        came = len(self.names) * (self.longest_name + self.wide + COUNT + len("  of , "))
        return window * (self.longest_name + len(": came nothing\n") + came)
