"""Dynamical bandit: the pay of an action comes partly at once and partly later, through a hidden state.

    y = ω · x + θ · u + ε,    x' = A x + B u + ξ,    ρ(A) < 1
    E[y] → h · u for an action held for ever,    h = θ + Bᵀ (I − A)⁻ᵀ ω,    J* = max_u h · u

Who judges an action by what it pays at once follows θ; what counts in the long run is h, and the two disagree. With
ω = 0 it is the ordinary linear bandit.

Source: Mussi, Metelli, Restelli, "Dynamical Linear Bandits", ICML 2023, Section 2 (the process, and its cumulative
Markov parameter h).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import FARTHEST, Tables, bars, demand, dot, numbers_of, spread_of, times, whole
from rewardlab.envs.world import Card, Columns, Rules, State

_WHERE = "DynamicalBandit"


@dataclass
class DynamicalBandit(Rules):
    """K actions that move a hidden state, or all actions of the unit ball; it goes on for ever.

    The observation is the last reward. Regret is against J*, the most that a policy earns per round in the long run:
    `pseudo_regret` is J* minus the mean reward of this round given all actions so far (noise apart), so that it is
    negative in a round that lives on what was built up before; `steady_regret` is J* − h · u, never negative.

    Args:
        dimension: d >= 1 of the actions.
        hidden: n >= 1, numbers in the hidden state.
        arms: K >= 2 actions on the unit sphere, among them the best one of h and, where K allows it, the one of θ; None
            for all actions of the unit ball.
        radius: spectral radius of A, in [0, 1): the larger, the longer the past is felt.
        agreement: cosine of the angle between θ and h, both of length 1; 1 makes ω = 0.
        noise: standard deviation >= 0 of ε.
        disturbance: standard deviation >= 0 of each number of ξ.
        instance: seed of A, B, ω, θ and of the actions.
        system: {"A": [n, n], "B": [n, d], "omega": [n], "theta": [d]}, and "points": [K, d] for the actions, in place
            of drawn ones.

    Raises:
        BadOption: for numbers outside these ranges, a system of wrong shapes, or one that does not forget, ρ(A) >= 1.
    """

    dimension: int = 2
    hidden: int = 3
    arms: int | None = 8
    radius: float = 0.5
    agreement: float = -0.5
    noise: float = 0.1
    disturbance: float = 0.05
    instance: int = 0
    system: Mapping[str, Any] | None = None

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        whole(_WHERE, dimension=self.dimension, hidden=self.hidden)
        spread_of(_WHERE, noise=self.noise, disturbance=self.disturbance)
        if self.arms is not None:
            whole(_WHERE, least=2, arms=self.arms)
        rng = np.random.default_rng(self.instance)
        if self.system is None:
            points = self._drawn(rng)
        else:
            points = self._given(self.system, rng)
        rho = float(np.abs(np.linalg.eigvals(self.A)).max())
        demand(rho < 1, f"A with spectral radius {rho:.6g}", where=_WHERE, expected="a spectral radius below 1")
        self.spectral_radius = rho
        settled = np.linalg.solve((np.eye(self.hidden) - self.A).T, self.omega)  # (I − A)⁻ᵀ ω
        self.cumulative = self.theta + self.B.T @ settled  # [d] h
        self.points = points  # [K, d], or None for the whole ball
        self._best = self.optimal_value
        bound = float(math.ceil(1.01 * self._reach(rho)))
        self.observation_space = spaces.Box(-bound, bound, (1,), np.float32)
        if points is None:
            self.action_space = spaces.Box(-1.0, 1.0, (self.dimension,), np.float32)
        else:
            self.action_space = spaces.Discrete(len(points))
        self._tables = Tables(
            A=self.A, B=self.B, omega=self.omega, theta=self.theta, h=self.cumulative,
            **({} if points is None else {"points": points}),
        )  # fmt: skip

    def _drawn(self, rng: np.random.Generator) -> np.ndarray | None:
        demand(0 <= self.radius < 1, f"radius={self.radius!r}", where=_WHERE, expected="a number in [0, 1)")
        demand(-1 <= self.agreement <= 1, f"agreement={self.agreement!r}", where=_WHERE, expected="a cosine, -1..1")
        d, n = self.dimension, self.hidden
        demand(
            d > 1 or abs(self.agreement) == 1, f"agreement={self.agreement!r} in one dimension",
            where=_WHERE, expected="1 or -1: there are only two directions",
        )  # fmt: skip
        A = rng.normal(size=(n, n))
        self.A = self.radius * A / np.abs(np.linalg.eigvals(A)).max()
        self.theta = _unit(rng.normal(size=d))
        aside = rng.normal(size=d)
        aside = _unit(aside - (aside @ self.theta) * self.theta) if d > 1 else np.zeros(d)
        h = self.agreement * self.theta + math.sqrt(1 - self.agreement**2) * aside
        later = h - self.theta
        size = float(np.linalg.norm(later))
        self.B = rng.normal(size=(n, d)) / math.sqrt(d)
        # One row of B points where h − θ does, so that ω can reach it whatever n and d are.
        self.B[0] = later / size if size > 0 else self.B[0]
        self.omega = (np.eye(n) - self.A).T[:, 0] * size
        if self.arms is None:
            return None
        known = [h, self.theta] if size > 0 and self.arms > 2 else [h]
        others = rng.normal(size=(self.arms - len(known), d))
        points = np.concatenate([known, others / np.linalg.norm(others, axis=1, keepdims=True)])
        return points[rng.permutation(self.arms)]

    def _given(self, system: Mapping[str, Any], rng: np.random.Generator) -> np.ndarray | None:
        names = {"A", "B", "omega", "theta"}
        demand(
            isinstance(system, Mapping) and names <= set(system) <= names | {"points"},
            f"system with {sorted(system) if isinstance(system, Mapping) else system!r}",
            where=_WHERE, expected='"A", "B", "omega", "theta", and perhaps "points"',
        )  # fmt: skip
        self.B = numbers_of(system["B"], (None, None), name="B", where=_WHERE)
        self.hidden, self.dimension = self.B.shape
        self.A = numbers_of(system["A"], (self.hidden, self.hidden), name="A", where=_WHERE)
        self.omega = numbers_of(system["omega"], (self.hidden,), name="omega", where=_WHERE)
        self.theta = numbers_of(system["theta"], (self.dimension,), name="theta", where=_WHERE)
        if system.get("points") is not None:
            points = numbers_of(system["points"], (None, self.dimension), name="points", where=_WHERE)
            demand(len(points) > 1, f"{len(points)} points", where=_WHERE, expected="at least 2")
            self.arms = len(points)
            return points
        if self.arms is None:
            return None
        points = rng.normal(size=(self.arms, self.dimension))
        return points / np.linalg.norm(points, axis=1, keepdims=True)

    def _reach(self, rho: float) -> float:
        """No reward is farther from 0: the sum of all that actions and disturbances can do to it."""
        felt, total = self.omega, FARTHEST * self.noise + self._most(self.theta)
        for _ in range(20 + math.ceil(40 / (1 - rho))):
            total += self._most(self.B.T @ felt) + FARTHEST * self.disturbance * float(np.abs(felt).sum())
            felt = self.A.T @ felt
        return max(total, 1.0)

    def _most(self, direction: np.ndarray) -> float:
        """The largest |direction · u| of all actions."""
        return float(np.linalg.norm(direction) if self.points is None else np.abs(self.points @ direction).max())

    # -- the process ---------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        zero = xp.astype(xp.zeros_like(rng.seed[:n]), xp.float64)
        rest = xp.stack([zero] * self.hidden, axis=1)
        played = xp.stack([zero] * self.dimension, axis=1)
        return {"x": rest, "mean": rest + 0.0, "paid": zero, "played": played, "round": xp.zeros_like(rng.seed[:n])}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, own = rng.xp, self._tables(rng.device)
        u = own["points"][action] if self.arms is not None else self._inside(xp.astype(action, xp.float64), xp)
        z = rng.normal((1 + self.hidden,))
        at_once, pushed = dot(u, own["theta"]), times(u, own["B"])
        reward = dot(state["x"], own["omega"]) + at_once + self.noise * z[:, 0]
        lost = self._best - (dot(state["mean"], own["omega"]) + at_once)
        steady = self._best - dot(u, own["h"])
        after = {
            "x": times(state["x"], own["A"]) + pushed + self.disturbance * z[:, 1:],
            "mean": times(state["mean"], own["A"]) + pushed,
            "paid": reward,
            "played": u,
            "round": state["round"] + 1,
        }
        columns = {"pseudo_regret": lost, "steady_regret": steady, "success": steady <= 1e-6}
        return after, reward, xp.zeros_like(state["round"], dtype=xp.bool), columns

    def _inside(self, u: Array, xp: Any) -> Array:
        """The nearest point of the unit ball."""
        size = xp.sqrt(dot(u, u))
        return u / xp.where(size > 1.0, size, xp.ones_like(size))[:, None]

    def look(self, state: State) -> Tree:
        xp = namespace(state["paid"])
        return xp.astype(state["paid"], xp.float32)[:, None]

    # -- what is known of it -------------------------------------------------------------------------------------------

    def steady(self, u: Any) -> np.ndarray:
        """h · u [...], what an action [..., d] pays per round if it is held for ever."""
        return np.asarray(u, dtype=np.float64) @ self.cumulative

    @property
    def optimal_value(self) -> float:
        """J*, the largest mean reward per round in the long run."""
        return float(np.linalg.norm(self.cumulative) if self.points is None else self.steady(self.points).max())

    @property
    def best_action(self) -> Any:
        """The action that is best if held for ever: its number, or [d] float32 where the whole ball is allowed."""
        if self.points is not None:
            return int(self.steady(self.points).argmax())
        size = float(np.linalg.norm(self.cumulative))
        return (self.cumulative / (size if size > 0 else 1.0)).astype(np.float32)

    def draw(self, state: State, i: int) -> np.ndarray:
        title = f"round {int(state['round'][i])}    paid {float(state['paid'][i]):.3g}"
        u = np.asarray(state["played"][i])
        if self.points is None:
            return bars(title, u, self.best_action, words=("action", "best action"))
        chosen = int(((self.points - u) ** 2).sum(1).argmin()) if int(state["round"][i]) else -1
        now, best = self.points @ self.theta, int(self.best_action)
        return bars(
            title, now, self.steady(self.points), chosen=chosen, best=best, words=("at once", "in the long run")
        )

    def text(self, state: State, i: int) -> str:
        t = int(state["round"][i])
        if not t:
            return "round 0: nothing played yet"
        u = ", ".join(f"{float(x):.3f}" for x in state["played"][i])
        return f"round {t}: action ({u}) paid {float(state['paid'][i]):.4f}"

    def card(self) -> Card:
        d = self.dimension
        if self.points is None:
            action = {f"u[{d}]": "the action, each number -1..1; a point outside the unit ball is moved to its rim"}
        else:
            action = {"action": f"which of {len(self.points)} fixed points of R^{d} to play"}
        return Card(
            summary="Actions pay at once and move a hidden state that pays later; the two may disagree.",
            observation={"paid": "reward of the last round, 0 before the first"},
            action=action,
            reward="The true reward: ω · x + θ · u plus noise, x the hidden state; it has no unit.",
            info={
                "pseudo_regret": "J* minus the mean reward of this round given all actions so far; may be negative",
                "steady_regret": "J* minus what this action pays per round if held for ever, >= 0",
                "success": "True if the action is the best one to hold",
            },
            source="Mussi, Metelli, Restelli, Dynamical Linear Bandits, ICML 2023",
        )


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x)
