"""Convex problem: find the least point of one function within a box, from gradients with noise.

    f(x) = ½ |x − c|²,    ½ |M x − b|² / m,    or  mean_i log(1 + exp(−y_i a_i · x));    |x|_∞ ≤ radius
    x* = clip(c, −radius, radius) for the first;    at x* a gradient of a number on the rim points outward, else it is 0

A test function for optimisers and for learners that share noisy gradients. With radius = 1/λ it is where a sign method
with weight decay λ must come to rest.

Source: Chen, Liu, Liang, Liu, "Lion Secretly Solves a Constrained Optimization: As Lyapunov Predicts", ICLR 2024
(the box of radius 1/λ).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import FARTHEST, Tables, bars, demand, dot, numbers_of, spread_of, times, whole
from rewardlab.envs.world import Card, Columns, Rules, State

_WHERE = "ConvexProblem"


@dataclass
class ConvexProblem(Rules):
    """T rounds with one and the same convex function.

    `pseudo_regret` is f(x) − f(x*), never negative: the regret of the round against the best point of the box.

    Args:
        problem: "quadratic", "least_squares" or "logistic".
        centre: [d] c of the quadratic; None to draw it, then about half of its numbers lie outside the box.
        dimension: d >= 1, where `centre` does not say it.
        samples: m >= d rows of M or a, drawn from N(0, 1); b and y follow from a drawn x with noise.
        radius: of the box, above 0.
        gradient_noise: standard deviation >= 0 of each number of the gradient that is shown.
        rounds: T >= 1.
        instance: seed of all that is drawn.

    Raises:
        BadOption: for numbers outside these ranges, or a problem that there is not.
    """

    problem: str = "quadratic"
    centre: Sequence[float] | None = None
    dimension: int = 4
    samples: int = 100
    radius: float = 1.0
    gradient_noise: float = 0.0
    rounds: int = 1000
    instance: int = 0

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        problems = ("quadratic", "least_squares", "logistic")
        if self.problem not in problems:
            raise BadOption(
                f"problem={self.problem!r}", where=_WHERE, expected=f"one of {', '.join(problems)}",
                mend=nearest(str(self.problem), problems),
            )  # fmt: skip
        whole(_WHERE, dimension=self.dimension, rounds=self.rounds)
        spread_of(_WHERE, gradient_noise=self.gradient_noise)
        demand(0 < self.radius < np.inf, f"radius={self.radius!r}", where=_WHERE, expected="a finite number above 0")
        rng = np.random.default_rng(self.instance)
        if self.problem == "quadratic":
            given = 2.0 * self.radius * rng.uniform(-1, 1, self.dimension) if self.centre is None else self.centre
            self.c = numbers_of(given, (None,), name="centre", where=_WHERE)
            self.dimension = len(self.c)
            whole(_WHERE, dimension=self.dimension)
            self._tables = Tables(c=self.c)
        else:
            demand(self.centre is None, f"centre of {self.problem!r}", where=_WHERE, expected="None")
            whole(_WHERE, least=self.dimension, samples=self.samples)
            self.M = rng.normal(size=(self.samples, self.dimension))
            truth = 1.5 * self.radius * rng.uniform(-1, 1, self.dimension)
            told = self.M @ truth + rng.normal(size=self.samples)
            self.b = np.where(told > 0, 1.0, -1.0) if self.problem == "logistic" else told
            self._tables = Tables(M=self.M, turned=self.M.T, b=self.b)
        self.minimiser = self._solve()  # [d]
        self.optimal_value = float(self.value(self.minimiser[None])[0])
        """f(x*), the least value in the box."""
        bound = float(np.ceil(self._steepest() + FARTHEST * self.gradient_noise))
        d = self.dimension
        low, high = np.append(np.full(d, -bound), 0.0), np.append(np.full(d, bound), 1.0)
        self.observation_space = spaces.Box(low.astype(np.float32), high.astype(np.float32), dtype=np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (d,), np.float32)

    # -- the function --------------------------------------------------------------------------------------------------

    def _at(self, x: Array, own: Any) -> tuple[Array, Array]:
        """f [n] and its gradient [n, d] at points [n, d]."""
        xp = namespace(x)
        if self.problem == "quadratic":
            away = x - own["c"]
            return 0.5 * dot(away, away), away
        m = self.samples
        if self.problem == "least_squares":
            wrong = times(x, own["M"]) - own["b"]
            return dot(wrong, wrong) / (2 * m), times(wrong, own["turned"]) / m
        margin = times(x, own["M"]) * own["b"]
        small = xp.exp(-xp.abs(margin))
        loss = xp.log1p(small) + xp.clip(-margin, 0.0, None)
        # 1 / (1 + exp(margin)), without overflow
        chance = xp.where(margin > 0, small / (1.0 + small), 1.0 / (1.0 + small))
        return dot(loss, xp.ones_like(loss)) / m, -times(chance * own["b"], own["turned"]) / m

    def value(self, x: Any) -> np.ndarray:
        """f [n] at points [n, d]."""
        return self._at(np.asarray(x, dtype=np.float64), self._tables(None))[0]

    def gradient(self, x: Any) -> np.ndarray:
        """∇f [n, d] at points [n, d]."""
        return self._at(np.asarray(x, dtype=np.float64), self._tables(None))[1]

    def _hessian(self, x: np.ndarray) -> np.ndarray:
        if self.problem == "least_squares":
            return self.M.T @ self.M / self.samples
        chance = 1.0 / (1.0 + np.exp(self.M @ x))
        return (self.M * (chance * (1 - chance))[:, None]).T @ self.M / self.samples

    def _solve(self) -> np.ndarray:
        """The least point of the box: by the formula, or by Newton steps on the numbers that the rim does not hold."""
        if self.problem == "quadratic":
            return np.clip(self.c, -self.radius, self.radius)
        from scipy.optimize import minimize

        found = minimize(
            lambda x: float(self.value(x[None])[0]),
            np.zeros(self.dimension),
            jac=lambda x: self.gradient(x[None])[0],
            bounds=[(-self.radius, self.radius)] * self.dimension,
            method="L-BFGS-B",
            options={"ftol": 1e-15, "gtol": 1e-10},
        )
        x = np.clip(found.x, -self.radius, self.radius)
        for _ in range(20):
            slope = self.gradient(x[None])[0]
            free = ~((np.abs(x) >= self.radius) & (slope * np.sign(x) < 0))
            if not free.any() or np.abs(slope[free]).max() < 1e-15:
                break
            step = np.linalg.solve(self._hessian(x)[np.ix_(free, free)], slope[free])
            x[free] = np.clip(x[free] - step, -self.radius, self.radius)
        return x

    def _steepest(self) -> float:
        """No number of a gradient in the box is larger."""
        if self.problem == "quadratic":
            return float(np.abs(self.c).max() + self.radius)
        each = np.abs(self.M).mean(0)
        if self.problem == "logistic":
            return float(each.max())
        most = self.radius * np.abs(self.M).sum(1) + np.abs(self.b)
        return float((np.abs(self.M) * most[:, None]).mean(0).max())

    # -- the rounds ----------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        zero = xp.zeros_like(rng.seed[:n])
        vector = xp.stack([xp.astype(zero, xp.float64)] * self.dimension, axis=1)
        return {"gradient": vector, "played": vector, "round": zero}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp = rng.xp
        x = xp.astype(action, xp.float64) * self.radius
        loss, gradient = self._at(x, self._tables(rng.device))
        if self.gradient_noise > 0:
            gradient = gradient + self.gradient_noise * rng.normal((self.dimension,))
        after = {"gradient": gradient + 0.0, "played": x, "round": state["round"] + 1}
        lost = loss - self.optimal_value
        columns = {"gradient": gradient + 0.0, "loss": loss, "played": x + 0.0, "pseudo_regret": lost}
        return after, -loss, after["round"] >= self.rounds, columns

    def look(self, state: State) -> Tree:
        xp = namespace(state["gradient"])
        share = xp.astype(state["round"], xp.float64) / self.rounds
        return xp.astype(xp.concat([state["gradient"], share[:, None]], axis=1), xp.float32)

    def draw(self, state: State, i: int) -> np.ndarray:
        x = np.asarray(state["played"][i])
        title = f"round {int(state['round'][i])} of {self.rounds}    f {float(self.value(x[None])[0]):.4g}"
        return bars(title, x, self.minimiser, words=("point", "least point"))

    def text(self, state: State, i: int) -> str:
        x, g = (", ".join(f"{float(v):.4f}" for v in state[name][i]) for name in ("played", "gradient"))
        t = int(state["round"][i])
        return f"round {t} of {self.rounds}" + (f"\npoint ({x})\ngradient ({g})" if t else "")

    def card(self) -> Card:
        d = self.dimension
        name = self.problem.replace("_", " ")
        return Card(
            summary=f"Find the least point of a {name} function of {d} numbers in a box, from its gradients.",
            observation={
                f"gradient[{d}]": "gradient at the last point, with its noise, 0 before the first",
                "time": "share of the rounds that are over, 0..1",
            },
            action={f"x[{d}]": f"the point / {self.radius:g}, each number -1..1"},
            reward="The true reward is minus the value of the function.",
            info={
                "gradient": f"[{d}] what is shown of the gradient",
                "loss": "the value of the function, without noise",
                "played": f"[{d}] the point",
                "pseudo_regret": "value minus the least value in the box, >= 0",
            },
            optimal_return=-self.rounds * self.optimal_value,
            source="Chen, Liu, Liang, Liu, Lion Secretly Solves a Constrained Optimization, ICLR 2024",
        )
