"""Arms by name whose pay depends on what was played before: ones that rest, ones that tally, ones that move a state.

    last switch    x̄ of the arm in the state it is in, + √(c ln t / n) with n its plays there
    tally          UCB1 of the plays that came after at least `warm` of the same in a row
    dynamical      u · ĥ + α ‖u‖ in V⁻¹, of plays held so long

Source: Laforgue, Clerici, Cesa-Bianchi, Gilad-Bachrach, "A Last Switch Dependent Analysis of Satiation and Seasonality
in Bandits", AISTATS 2022 (states as arms); Malik, Igoe, Li, Singh, "Weighted Tallying Bandits", ICML 2023 (repeated
plays); Mussi, Metelli, Restelli, "Dynamical Linear Bandits", ICML 2023, Algorithm 1 (held plays).
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.envs.bandits.wording.arms import Arms
from rewardlab.envs.bandits.wording.speech import COUNT, added, ridge, ucb1, vector
from rewardlab.envs.rules import Columns, State


class Rested(Arms):
    """Arms that tire and recover, or none of them; the guide judges an arm in the state it is in."""

    even: ClassVar[bool] = False
    stay: ClassVar[str] = "what an arm pays on average depends on how long it has rested or been chosen in a row"
    guided: ClassVar[str] = (
        "the largest sum of mean and bonus is good at once; each arm is judged as rested as it is now, and not what "
        "rest is worth later"
    )

    def prepare(self) -> None:
        super().prepare()
        arms = int(self.bandit.action_space.n) - 1
        self.names, self.width = (*self.called(arms), "none"), 3

    def pays(self) -> str:
        return "Each choice pays a number by chance, and none pays 0;"

    def state(self, tau: int) -> str:
        """How an arm stands."""
        return f"rested {tau}" if tau > 0 else f"{-tau} in a row"

    def taus(self, before: State) -> Array:
        """[n, k + 1] τ of each arm, 0 for none."""
        tau = self.bandit.tau[before["place"]]
        return np.concatenate([tau, np.zeros_like(tau[:, :1])], axis=1)

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        return np.stack([action, reward, self.taus(before)[np.arange(len(action)), action]], axis=1)

    def line(self, note: np.ndarray) -> str:
        name = self.names[int(note[0])]
        return f"{name} 0" if not note[2] else f"{name}, {self.state(int(note[2]))}: {self.number(note[1])}"

    def begin(self, n: int) -> State:
        shape = (n, len(self.names), 2 * self.bandit.reach)
        there = {"there": np.zeros(shape, dtype=np.int64), "paid": np.zeros(shape)}  # by the state of the arm
        return {**super().begin(n), **there}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        row = np.arange(len(action))
        place = np.concatenate([before["place"], np.zeros_like(before["place"][:, :1])], axis=1)[row, action]
        there, paid = memory["there"].copy(), memory["paid"].copy()
        there[row, action, place] += 1
        paid[row, action, place] += reward
        return {**super().learn(memory, before, action, reward, columns), "there": there, "paid": paid}

    def seen(self, memory: State, before: State, i: int) -> list[str]:
        counts, taus = memory["counts"][i].tolist(), self.taus(before)[i].tolist()
        return [f"chosen {n}" + (f", {self.state(t)}" if t else "") for n, t in zip(counts, taus, strict=True)]

    def index(self, memory: State, before: State, i: int) -> tuple[Array, Array]:
        k, place = len(self.names) - 1, before["place"][i]
        there, paid = memory["there"][i][np.arange(k), place], memory["paid"][i][np.arange(k), place]
        t = int(memory["counts"][i].sum())
        value, bonus = ucb1(there, paid / np.maximum(there, 1), self.option["exploration"], t)
        return np.append(value, 0.0), np.append(bonus, 0.0)

    def room_seen(self) -> int:
        return super().room_seen() + len(",  in a row") + COUNT

    def now(self, before: State, i: int) -> list[str]:
        told = zip(self.names, self.taus(before)[i].tolist(), strict=True)
        return ["now " + ", ".join(f"{name} {self.state(t)}" for name, t in told if t)]

    def room_now(self) -> int:
        return len("now \n") + len(self.names) * (self.longest_name + len(" rested , ") + COUNT)

    def room(self, form: str, window: int) -> int:
        return super().room(form, window) + (window * (len(",  in a row: ") + COUNT) if form == "history" else 0)


class Warmed(Arms):
    """Arms that must be played in a row before they show what they pay; the plays before do not count for the guide."""

    options: ClassVar[Mapping[str, float]] = {"exploration": 2.0, "warm": 5.0}
    even: ClassVar[bool] = False
    stay: ClassVar[str] = "what it pays on average depends on how often it was chosen of late"
    guided: ClassVar[str] = (
        "only what was chosen several times in a row counts, and the largest sum of mean and bonus is a good choice"
    )

    def begin(self, n: int) -> State:
        k = len(self.names)
        own = {"counted": np.zeros((n, k), dtype=np.int64), "warm": np.zeros((n, k))}
        streak = {"last": np.full(n, -1), "streak": np.zeros(n, dtype=np.int64)}
        return {**super().begin(n), **own, **streak}

    def held(self, memory: State, action: Array) -> tuple[State, Array]:
        """The plays in a row, and whether this one counts [n]."""
        streak = np.where(action == memory["last"], memory["streak"], 0) + 1
        return {"last": action + 0, "streak": streak}, streak > self.option["warm"]

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        held, counts = self.held(memory, action)
        return {
            **super().learn(memory, before, action, reward, columns),
            **held,
            "counted": added(memory["counted"], action, counts),
            "warm": added(memory["warm"], action, np.where(counts, reward, 0.0)),
        }

    def seen(self, memory: State, before: State, i: int) -> list[str]:
        last, streak = int(memory["last"][i]), int(memory["streak"][i])
        counts = memory["counts"][i].tolist()
        return [f"chosen {n}" + (f", {streak} in a row" if k == last else "") for k, n in enumerate(counts)]

    def index(self, memory: State, before: State, i: int) -> tuple[Array, Array]:
        counted = memory["counted"][i]
        means = memory["warm"][i] / np.maximum(counted, 1)
        return ucb1(counted, means, self.option["exploration"], int(memory["counts"][i].sum()))

    def room_seen(self) -> int:
        return super().room_seen() + len(",  in a row") + COUNT


class Moving(Warmed):
    """Fixed vectors by name that move a hidden state."""

    options: ClassVar[Mapping[str, float]] = {"alpha": 1.0, "warm": 5.0}
    stay: ClassVar[str] = "part of what it pays comes in later rounds, whatever is chosen then"
    guided: ClassVar[str] = (
        "only what was chosen several times in a row counts, for a linear model of the vectors, and the largest sum of "
        "mean and bonus is a good choice to hold"
    )

    def task(self) -> str:
        points = "; ".join(f"{name} ({vector(u)})" for name, u in zip(self.names, self.bandit.points, strict=True))
        return f"There are {len(self.names)} vectors: {points}. {self.pays()} {self.stay}."

    def begin(self, n: int) -> State:
        d = self.bandit.dimension
        return {**super().begin(n), "V": np.tile(np.eye(d), (n, 1, 1)), "b": np.zeros((n, d))}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        u = self.bandit.points[action] * self.held(memory, action)[1][:, None]
        own = {"V": memory["V"] + u[:, :, None] * u[:, None, :], "b": memory["b"] + u * reward[:, None]}
        return {**super().learn(memory, before, action, reward, columns), **own}

    def index(self, memory: State, before: State, i: int) -> tuple[Array, Array]:
        return ridge(self.bandit.points, memory["V"][i], memory["b"][i], self.option["alpha"])
