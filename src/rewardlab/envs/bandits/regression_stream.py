"""Regression stream: predict a number from an input, while the rule between them is turned from time to time.

    x ~ N(0, I_d),    y = g(R_j x) + ε,    g(z) = Σ_k a_k tanh(b_k · z),    R_j a random rotation
    j = ⌊t / E⌋, the turns so far
    reward = −(prediction − y)²,    regret of a round = (prediction − E[y | x])²

A test of how well a learner keeps learning: after each turn all that was learned of the inputs is out of date, and the
targets are as noisy as before.

Source: Farebrother, Orbay, Vuong, and others, "Stop Regressing: Training Value Functions via Classification for
Scalable Deep RL", ICML 2024 (noisy and non-stationary targets).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import FARTHEST, Tables, bars, demand, dot, spread_of, times, whole
from rewardlab.envs.world import Card, Columns, Rules, State

_WHERE = "RegressionStream"


@dataclass
class RegressionStream(Rules):
    """T inputs to predict from, one after the other.

    `pseudo_regret` is the squared error against the mean target, never negative: what the reward lacks in the mean of
    that of one who knows the rule.

    Args:
        dimension: d >= 1 of the input.
        units: of the rule, >= 1.
        every: E >= 1, rounds from one turn to the next.
        noise: standard deviation >= 0 of ε.
        rounds: T >= 1.
        instance: seed of the rule and of all rotations.

    Raises:
        BadOption: for numbers outside these ranges.
    """

    dimension: int = 8
    units: int = 16
    every: int = 5000
    noise: float = 0.5
    rounds: int = 20_000
    instance: int = 0

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        whole(_WHERE, dimension=self.dimension, units=self.units, every=self.every, rounds=self.rounds)
        spread_of(_WHERE, noise=self.noise)
        d, k = self.dimension, self.units
        turns = -(-self.rounds // self.every)
        demand(turns <= 10_000, f"{turns} turns", where=_WHERE, expected="at most 10000, rounds / every")
        rng = np.random.default_rng(self.instance)
        self._b = 2.0 * rng.normal(size=(k, d)) / np.sqrt(d)
        self._a = rng.normal(size=k) * np.sqrt(3.0 / k)
        self.rotations = np.stack([_rotation(rng, d) for _ in range(turns)])  # [J, d, d]
        self.limit = float(np.ceil(np.abs(self._a).sum()))
        """No mean target is farther from 0; the action −1..1 is a prediction in units of it."""
        inner = np.einsum("kd,jde->jke", self._b, self.rotations)  # b_k · R_j x = (R_jᵀ b_k) · x
        self._tables = Tables(inner=inner, a=self._a)
        self.observation_space = spaces.Box(-FARTHEST, FARTHEST, (d,), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (1,), np.float32)

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        zero = xp.zeros_like(rng.seed[:n])
        number = xp.astype(zero, xp.float64)
        return {"x": rng.normal((self.dimension,)), "round": zero, "guess": number, "target": number}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, own = rng.xp, self._tables(rng.device)
        segment = xp.minimum(state["round"] // self.every, xp.full_like(state["round"], len(self.rotations) - 1))
        x = state["x"]
        inner = own["inner"][segment]  # [n, k, d]
        z = x[:, 0:1] * inner[:, :, 0]
        for j in range(1, self.dimension):
            z = z + x[:, j : j + 1] * inner[:, :, j]
        mean = dot(xp.tanh(z), own["a"])
        target = mean + self.noise * rng.normal()
        guess = self.limit * xp.astype(action[:, 0], xp.float64)
        after = {"x": rng.normal((self.dimension,)), "round": state["round"] + 1, "guess": guess, "target": target}
        columns = {"target": target, "mean": mean, "pseudo_regret": (guess - mean) ** 2, "segment": segment}
        return after, -((guess - target) ** 2), after["round"] >= self.rounds, columns

    def look(self, state: State) -> Tree:
        xp = namespace(state["x"])
        return xp.astype(state["x"], xp.float32)

    def mean(self, x: Any, segment: int) -> np.ndarray:
        """E[y | x] [n] of inputs [n, d] after so many turns."""
        z = np.asarray(x, dtype=np.float64) @ self.rotations[segment].T
        return np.tanh(times(z, self._b)) @ self._a

    def draw(self, state: State, i: int) -> np.ndarray:
        t = int(state["round"][i])
        title = (
            f"round {t} of {self.rounds}    guess {float(state['guess'][i]):.3g} target {float(state['target'][i]):.3g}"
        )
        return bars(title, np.asarray(state["x"][i]), words=("input", ""))

    def text(self, state: State, i: int) -> str:
        t = int(state["round"][i])
        x = ", ".join(f"{float(v):.3f}" for v in state["x"][i])
        last = f"\nlast guess {float(state['guess'][i]):.4f}, target {float(state['target'][i]):.4f}" if t else ""
        return f"round {t} of {self.rounds}: input ({x}){last}"

    def card(self) -> Card:
        d, T = self.dimension, self.rounds
        return Card(
            summary=f"Predict a noisy number from {d} others; the rule is turned every {self.every} rounds.",
            observation={f"x[{d}]": "the input, standard normal numbers"},
            action={"prediction": f"the predicted number / {self.limit:g}, -1..1"},
            reward="The true reward is minus the squared error of the prediction.",
            info={
                "target": "the number that was to be predicted, with its noise",
                "mean": "its mean for this input",
                "pseudo_regret": "squared distance of the prediction from the mean, >= 0",
                "segment": "how often the rule was turned so far",
            },
            optimal_return=-T * self.noise**2,
            source="Farebrother and others, Stop Regressing, ICML 2024",
        )


def _rotation(rng: np.random.Generator, d: int) -> np.ndarray:
    """[d, d] orthogonal, uniform."""
    q, r = np.linalg.qr(rng.normal(size=(d, d)))
    return q * np.sign(np.diag(r))
