"""Linear system with quadratic cost: the continuous task whose optimum is a Riccati equation.

    x' = A x + B u + w,    r = q'x − x'Q x − u'R u,    u = force · action
    V(x) = p'x − x'P x + c,    u*(x) = k − K x,    M = R + γ B'P B
    K = γ M⁻¹ B'P A,    P ← Q + γ A'P A − K'M K,    k = γ M⁻¹ B'p / 2,    p ← q + γ (A − B K)'p

What an action loses is (u − u*)'M (u − u*) exactly. Distractors are pairs of numbers that turn and wander by
themselves; they are seen and matter for nothing.

Source: Bertsekas, "Dynamic Programming and Optimal Control", volume I, 3rd edition, 2005, Section 4.1; Voelcker, Liao,
Garg, Farahmand, "Value Gradient weighted Model-Based Reinforcement Learning", ICLR 2022 (distractors).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps.dice import Tables
from rewardlab.envs.mdps.kernel import check_numbers
from rewardlab.envs.mdps.riccati import System, plans_of, steady
from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, RED, Picture
from rewardlab.envs.world import Card, Columns, Rules, State

FAR = 1e6  # what is seen ends there; the state itself may go on


@dataclass
class LinearSystem(Rules):
    """A linear system, its cost, and where it begins.

    Args:
        A: [n, n] how states move on; the double integrator by default.
        B: [n, m] what actions do.
        Q: [n, n] cost of states, symmetric, no negative eigenvalue.
        R: [m, m] cost of actions, symmetric, positive eigenvalues.
        q: [n] pay that is linear in the state; None for none.
        noise: standard deviation of w in each component, >= 0.
        force: u at action 1, > 0; the actions are in [-1, 1], and the optimum is that of unbounded ones.
        begin: episodes begin uniformly in [-begin, begin]^n, >= 0.
        gamma: discount in (0, 1] of the Riccati solution; not used with a horizon.
        horizon: H >= 1 steps an episode, undiscounted; None for a system that goes on.
        distractors: pairs of numbers that are seen as well, >= 0.
        radius: how much of a distractor stays from step to step, in [0, 1).
        steps: the steps that the returns of `describe()` count where there is no horizon; ids set it to their limit.

    Raises:
        BadOption: for matrices that do not fit or are not as said, numbers outside their ranges, or a system without a
            finite optimum.
    """

    A: Sequence[Sequence[float]] = ((1.0, 0.1), (0.0, 1.0))
    B: Sequence[Sequence[float]] = ((0.0,), (0.1,))
    Q: Sequence[Sequence[float]] = ((1.0, 0.0), (0.0, 0.1))
    R: Sequence[Sequence[float]] = ((0.01,),)
    q: Sequence[float] | None = None
    noise: float = 0.01
    force: float = 10.0
    begin: float = 1.0
    gamma: float = 0.99
    horizon: int | None = None
    distractors: int = 0
    radius: float = 0.97
    steps: int = 100

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_numbers(
            self, noise=(0, 1e6), force=(1e-9, 1e9), begin=(0, 1e6), gamma=(1e-9, 1), distractors=(0, 100),
            radius=(0, 1 - 1e-9),
        )  # fmt: skip
        if self.horizon is not None and (type(self.horizon) is not int or not 1 <= self.horizon <= 10**5):
            raise _bad(f"horizon={self.horizon!r}", "None, or an integer from 1 to 100,000")
        A, B, Q, R = (_matrix(getattr(self, name), name) for name in "ABQR")
        n, m = B.shape
        q = np.zeros(n) if self.q is None else np.array(self.q, dtype=float)
        for name, x, shape in (("A", A, (n, n)), ("Q", Q, (n, n)), ("R", R, (m, m)), ("q", q, (n,))):
            if x.shape != shape:
                raise _bad(f"{name} of shape {x.shape}", f"{shape}, as B is {B.shape}")
        for name, x, least in (("Q", Q, -1e-12), ("R", R, 1e-12)):
            if not np.allclose(x, x.T) or np.linalg.eigvalsh(x).min() < least:
                raise _bad(f"{name}={x.tolist()}", "a symmetric matrix, of no negative eigenvalue, R of positive ones")
        self._parts = A, B, Q, R, q
        system = System(A, B, Q, R, q, self.noise)
        self._system = system
        self.plans = plans_of(system, self.horizon) if self.horizon is not None else [steady(system, self.gamma)]
        """The best control: one plan, or with a horizon one for each step."""
        turn = np.linspace(0.3, 2.5, self.distractors)
        around = np.zeros((2 * self.distractors, 2 * self.distractors))
        for d, angle in enumerate(turn):
            c, s = np.cos(angle), np.sin(angle)
            around[2 * d : 2 * d + 2, 2 * d : 2 * d + 2] = self.radius * np.array([[c, -s], [s, c]])
        plans = {name: np.stack([getattr(x, name) for x in self.plans]) for name in ("K", "k", "M")}
        self._tables = Tables(A=A, B=B, Q=Q, R=R, q=q, around=around, **plans)
        self.action_space = spaces.Box(-1.0, 1.0, (m,), np.float32)
        self.observation_space = spaces.Box(-FAR, FAR, (n + 2 * self.distractors,), np.float32)

    def optimal_value(self, x: np.ndarray) -> np.ndarray:
        """V* [B] of states [B, n]; discounted, or with a horizon the sum of all its steps."""
        plan = self.plans[0]
        return x @ plan.p - np.einsum("bi,ij,bj->b", x, plan.P, x) + plan.c

    def optimal_control(self, x: np.ndarray, step: int = 0) -> np.ndarray:
        """u* [B, m] of states [B, n]; with a horizon, at that step."""
        plan = self.plans[step if self.horizon is not None else 0]
        return plan.k - x @ plan.K.T

    def start(self, n: int, rng: Streams) -> State:
        xp, size = rng.xp, len(self._parts[0])
        x = (2.0 * rng.uniform((size,)) - 1.0) * self.begin
        state = {"x": x, "step": xp.zeros_like(rng.seed[:n])}
        if self.distractors:
            still = 1.0 / np.sqrt(1.0 - self.radius**2)  # they have always been there
            state["other"] = rng.normal((2 * self.distractors,)) * still
        return state

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, t, x = rng.xp, self._tables(rng.device), state["x"]
        u = xp.astype(action, xp.float64) * self.force
        cost = _dot(_times(t["Q"], x), x) + _dot(_times(t["R"], u), u)
        # a row whose episode is over may be moved for nothing
        which = xp.minimum(state["step"], xp.zeros_like(state["step"]) + len(self.plans) - 1)
        off = u - t["k"][which] + _times(t["K"][which], x)
        loss = _dot(_times(t["M"][which], off), off)
        after = _times(t["A"], x) + _times(t["B"], u)
        if self.noise:
            after = after + self.noise * rng.normal((len(self._parts[0]),))
        new = {"x": after, "step": state["step"] + 1}
        if self.distractors:
            new["other"] = _times(t["around"], state["other"]) + rng.normal((2 * self.distractors,))
        over = new["step"] >= (self.horizon or np.iinfo(np.int64).max)
        return new, _dot(xp.zeros_like(x) + t["q"], x) - cost, over, {"cost": cost, "pseudo_regret": loss}

    def observe(self, state: State) -> np.ndarray:
        """What is seen, [B, n + 2 distractors] float64, in NumPy and without an end."""
        x, other = state["x"], state.get("other")
        return np.asarray(x) if other is None else np.concatenate([x, other], axis=1)

    def recall(self, obs: Array) -> State:
        """The state in which obs [B, n + 2 distractors] is seen, for planning; with a horizon, at the first step."""
        seen, n = np.array(obs, dtype=np.float64), len(self._parts[0])
        state = {"x": seen[:, :n], "step": np.zeros(len(seen), dtype=np.int64)}
        return {**state, "other": seen[:, n:]} if self.distractors else state

    def look(self, state: State) -> Tree:
        x, other = state["x"], state.get("other")
        if isinstance(x, np.ndarray):
            return np.clip(self.observe(state), -FAR, FAR).astype(np.float32)
        import torch

        whole = x if other is None else torch.cat([x, other], dim=1)
        return torch.clamp(whole, -FAR, FAR).to(torch.float32)

    def _returns(self) -> tuple[float, float]:
        """Expected undiscounted returns of uniformly random actions and of the best control, in an episode."""
        A, B, Q, R, _ = self._parts
        n, steps = len(A), self.horizon or self.steps
        plan = plans_of(self._system, steps)[0]
        spread = np.eye(n) * self.begin**2 / 3
        best = plan.c - np.trace(plan.P @ spread)
        push = self.force**2 / 3
        random = 0.0
        for _ in range(steps):  # the mean stays 0: only the spread of the states matters
            random -= np.trace(Q @ spread) + np.trace(R) * push
            spread = A @ spread @ A.T + B @ B.T * push + np.eye(n) * self.noise**2
        return float(random), float(best)

    def draw(self, state: State, i: int) -> np.ndarray:
        picture, x = Picture(240, 400), np.asarray(state["x"][i])
        reach = 2.0 * max(self.begin, 0.1)
        picture.line(200, 20, 200, 200, 2, GOLD)
        for k, value in enumerate(x[:6]):
            y = 40 + k * 28
            picture.line(20, y, 380, y, 2, FAINT)
            place = 200 + 180 * float(np.clip(value / reach, -1, 1))
            picture.disc(place, y, 9, BLUE if abs(value) <= reach else RED)
        picture.write(self.text(state, i), 200, 220, INK, size=1, middle=True)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        return f"step {int(state['step'][i])}, x = " + " ".join(f"{v:.3f}" for v in np.asarray(state["x"][i])[:6])

    def card(self) -> Card:
        n, m = self._parts[1].shape
        random, best = self._returns()
        H = self.horizon
        told = f"the rest of {H} steps" if H is not None else f"discount {self.gamma:g}"
        seen: dict[str, Any] = {f"x[{n}]": f"the state, seen within -{FAR:g}..{FAR:g}"}
        if self.distractors:
            seen[f"other[{2 * self.distractors}]"] = "numbers that matter for nothing"
        return Card(
            summary=f"A linear system of {n} states and {m} forces with quadratic cost"
            + ("." if H is not None else f". It goes on for ever; returns are those of {self.steps} steps."),
            observation=seen,
            action={f"action[{m}]": f"-1..1, times {self.force:g} the force u"},
            reward="q'x - x'Q x - u'R u of the state before the step" if self.q is not None else "-(x'Q x + u'R u)",
            info={
                "cost": "x'Q x + u'R u of the step",
                "pseudo_regret": f"V*(x) - Q*(x, u) for {told} and unbounded forces, >= 0",
            },
            random_return=random,
            optimal_return=best,
            source="Bertsekas, Dynamic Programming and Optimal Control, 2005, Section 4.1",
        )


def _times(M: Array, x: Array) -> Array:
    """M x for M [k, n] or [B, k, n] and x [B, n]; summed in one order, so that a row is what it would be alone."""
    out = M[..., 0] * x[:, :1]
    for j in range(1, x.shape[1]):
        out = out + M[..., j] * x[:, j : j + 1]
    return out


def _dot(x: Array, y: Array) -> Array:
    """The inner products [B] of rows."""
    out = x[:, 0] * y[:, 0]
    for j in range(1, x.shape[1]):
        out = out + x[:, j] * y[:, j]
    return out


def _matrix(value: Any, name: str) -> np.ndarray:
    try:
        x = np.array(value, dtype=float)
    except (TypeError, ValueError):
        x = np.zeros(0)
    if x.ndim != 2 or not x.size or not np.isfinite(x).all():
        raise _bad(f"{name}={value!r:.80}", "a matrix of finite numbers")
    return x


def _bad(what: str, expected: str) -> BadOption:
    return BadOption(what, where="LinearSystem", expected=expected)
