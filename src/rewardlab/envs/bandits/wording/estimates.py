"""Points said as numbers, with a linear model as the guide: predictions, a distance, a ball of actions.

    x · θ̂ with θ̂ = V⁻¹ Σ x y                                      predictions
    ± limit, by the sign of the slope of pay along the distance    a distance
    argmax_{|u| ≤ 1} u · ĥ + α ‖u‖ in V⁻¹                         a ball

Source: Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", 2nd edition, 2009, Section 3.4.1 (ridge
regression); Abbasi-Yadkori, Pál, Szepesvári, "Improved Algorithms for Linear Stochastic Bandits", NeurIPS 2011, Figure
1 (optimism over an ellipsoid).
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.envs.bandits.domains import project
from rewardlab.envs.bandits.wording.points import Points
from rewardlab.envs.bandits.wording.speech import vector
from rewardlab.envs.rules import Columns, State


class Predictions(Points):
    """A number to predict from the input of the round."""

    aim: ClassVar[str] = ""
    options: ClassVar[Mapping[str, float]] = {"fade": 1.0}

    def unit_of(self) -> float:
        return float(self.bandit.limit)

    def prepare(self) -> None:
        self.inputs = int(self.bandit.observation_space.shape[0])
        super().prepare()

    def notes(self) -> int:
        return self.inputs + 2

    def task(self) -> str:
        return (
            f"Predict a number from an input of {self.inputs} numbers; you are then told what it was. The rule may be "
            "turned from time to time, and you pay the squared error."
        )

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        guess = self.unit * action.astype(np.float64)
        return np.concatenate([before["x"], guess, columns["target"][:, None]], axis=1)

    def line(self, note: np.ndarray) -> str:
        return f"{vector(note[:-2])}: said {self.number(note[-2])}, was {self.number(note[-1])}"

    def features(self, before: State) -> Array:
        """The input and a 1 [n, d + 1]."""
        return np.concatenate([before["x"], np.ones((len(before["x"]), 1))], axis=1)

    def begin(self, n: int) -> State:
        d = self.inputs + 1
        V = np.tile(np.eye(d), (n, 1, 1))
        return {"t": np.zeros(n, dtype=np.int64), "wrong": np.zeros(n), "V": V, "b": np.zeros((n, d))}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        x, fade = self.features(before), self.option["fade"]
        return {
            "t": memory["t"] + 1,
            "wrong": memory["wrong"] - reward,
            "V": fade * memory["V"] + (1.0 - fade) * np.eye(x.shape[1]) + x[:, :, None] * x[:, None, :],
            "b": fade * memory["b"] + x * columns["target"][:, None],
        }

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        t = int(memory["t"][i])
        if not t:
            return []
        return [
            f"mean squared error {self.number(memory['wrong'][i] / t)}",
            f"mean of each input, and of 1, times the number {self.numbers(memory['b'][i] / t)}",
        ]

    def advised(self, memory: State, before: State, i: int) -> Array:
        guess = self.features(before)[i] @ np.linalg.solve(memory["V"][i], memory["b"][i])
        return np.clip(guess, -self.unit, self.unit)[None]

    def now(self, before: State, i: int) -> list[str]:
        return [f"input {vector(before['x'][i])}"]

    def room_now(self) -> int:
        return len("input \n") + 8 * self.inputs

    def room(self, form: str, window: int) -> int:
        return super().room(form, window) + (8 * window if form == "history" else self.wide + 30) * (self.inputs + 1)


class Shifts(Points):
    """How far to go in one direction, paid by a proxy; earlier answers tell of later ones."""

    keeps: ClassVar[bool] = True

    def unit_of(self) -> float:
        return float(self.bandit.limit)

    def prepare(self) -> None:
        super().prepare()
        self.rounds = 1

    def notes(self) -> int:
        return 2

    def task(self) -> str:
        return "Choose how far answers are shifted to what a judge likes, who may err; the judge pays."

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        return np.stack([self.unit * action[:, 0].astype(np.float64), reward], axis=1)

    def line(self, note: np.ndarray) -> str:
        return f"{self.number(note[0])} paid {self.number(note[1])}"

    def begin(self, n: int) -> State:
        return {"t": np.zeros(n, dtype=np.int64), "V": np.tile(np.eye(2), (n, 1, 1)), "b": np.zeros((n, 2))}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        m = self.unit * action[:, 0].astype(np.float64)
        x = np.stack([np.ones_like(m), m], axis=1)
        V = memory["V"] + x[:, :, None] * x[:, None, :]
        return {"t": memory["t"] + 1, "V": V, "b": memory["b"] + x * reward[:, None]}

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        t, V, b = int(memory["t"][i]), memory["V"][i], memory["b"][i]
        if not t:
            return []
        mean = f"mean distance {self.number(V[0, 1] / t)}, mean pay {self.number(b[0] / t)}"
        return [mean, f"mean of distance times pay {self.number(b[1] / t)}"]

    def advised(self, memory: State, before: State, i: int) -> Array:
        slope = np.linalg.solve(memory["V"][i], memory["b"][i])[1]
        return np.array([self.unit if slope >= 0 else -self.unit])


class Ball(Points):
    """Any action of the unit ball, which moves a hidden state; optimism by an ellipsoid."""

    options: ClassVar[Mapping[str, float]] = {"alpha": 1.0}

    def unit_of(self) -> float:
        return 1.0

    def notes(self) -> int:
        return self.size + 1

    def task(self) -> str:
        return (
            f"Choose a point of the unit ball in {self.size} dimensions; one outside is moved to its rim. It pays a "
            "number by chance; part of what it pays comes in later rounds, whatever is chosen then."
        )

    def inside(self, action: Array) -> Array:
        """The points that are played [n, d]."""
        return np.asarray(project(action.astype(np.float64), "ball"))

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        return np.concatenate([self.inside(action), reward[:, None]], axis=1)

    def line(self, note: np.ndarray) -> str:
        return f"{self.numbers(note[:-1])} paid {self.number(note[-1])}"

    def begin(self, n: int) -> State:
        d = self.size
        zero = np.zeros(n)
        return {"t": zero.astype(np.int64), "paid": zero, "V": np.tile(np.eye(d), (n, 1, 1)), "b": np.zeros((n, d))}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        u = self.inside(action)
        return {
            "t": memory["t"] + 1,
            "paid": memory["paid"] + reward,
            "V": memory["V"] + u[:, :, None] * u[:, None, :],
            "b": memory["b"] + u * reward[:, None],
        }

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        t = int(memory["t"][i])
        if not t:
            return []
        products = self.numbers(memory["b"][i] / t)
        return [f"mean pay {self.number(memory['paid'][i] / t)}", f"mean of each number times pay {products}"]

    def advised(self, memory: State, before: State, i: int) -> Array:
        return farthest(memory["V"][i], memory["b"][i], self.option["alpha"])


def farthest(V: Array, b: Array, alpha: float) -> Array:
    """argmax over |u| <= 1 of u · h + α ‖u‖ in V⁻¹ with h = V⁻¹ b: towards the longest vector of an ellipsoid.

    The vector is h* = h + s with sᵀ V s = α² and μ V s = h*, that is s = (μ V − I)⁻¹ h with μ above 1 / the least
    eigenvalue of V; where h has no part along its eigenvector, the rest of the way goes along it.
    """
    size, axes = np.linalg.eigh(V)
    h = axes.T @ np.linalg.solve(V, b)
    if alpha == 0.0:
        best = h
    else:
        low, high = 1.0 / size[0], 1.0 / size[0] + float(np.linalg.norm(h)) * np.sqrt(size[-1]) / alpha / size[0] + 1.0
        for _ in range(200):
            middle = 0.5 * (low + high)
            step = h / np.maximum(middle * size - 1.0, 1e-100)
            low, high = (middle, high) if float(size @ step**2) > alpha**2 else (low, middle)
        step = h / np.maximum(high * size - 1.0, 1e-12)
        rest = max(alpha**2 - float(size @ step**2), 0.0)
        step[0] += (1.0 if step[0] >= 0 else -1.0) * np.sqrt(rest / size[0])
        best = h + step
    length = float(np.linalg.norm(best))
    return axes @ (best / length) if length > 0 else axes[:, 0]
