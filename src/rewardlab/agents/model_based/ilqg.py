"""Iterative linear-quadratic control: a quadratic model of what a plan costs, solved backwards, and followed.

    Q_x = ℓ_x + f_x' V_x,    Q_u = ℓ_u + f_u' V_x,    Q_zz = ℓ_zz + f_z' V_xx f_z
    k = argmin_{low ≤ u + k ≤ high} ½ k'Q_uu k + Q_u'k,    K = −Q_uu⁻¹ Q_ux
    u ← u + α k + K (x − x̄),    ℓ = −r

Derivatives are differences, taken for all steps and rows in one batch. Of a cost that is not convex the negative
curvature is left out, so that the equations can always be solved. For a linear system with quadratic cost one
improvement is the Riccati solution.

Source: Todorov, Li, "A Generalized Iterative LQG Method for Locally-Optimal Feedback Control of Constrained Nonlinear
Stochastic Systems", American Control Conference 2005, Section III; Tassa, Mansard, Todorov, "Control-Limited
Differential Dynamic Programming", ICRA 2014, Section III (limits).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rewardlab.agents.loops.receding import Receding
from rewardlab.agents.loops.simulated import Model, Pay, State, of_vector, paid, repeated, vector

ALPHAS = (1.0, 0.6, 0.3, 0.1, 0.03, 0.0)  # with 0 among them a plan never gets worse


class Local(NamedTuple):
    """A world around M points: derivatives of the next state and of the cost by z = (x, u) [D]."""

    f: np.ndarray  # [M, S, D]
    g: np.ndarray  # [M, D]
    H: np.ndarray  # [M, D, D]


class Answer(NamedTuple):
    """What to do about H steps: u + k + K (x - x̄)."""

    k: np.ndarray  # [n, H, A]
    K: np.ndarray  # [n, H, A, S]


@dataclass(eq=False, kw_only=True)
class ILQG(Receding):
    """Planning by linear-quadratic models.

    Args:
        step: of the differences, > 0 (ours).
        damping: added to the diagonal of Q_uu, >= 0 (ours).
    """

    step: float = 1e-3
    damping: float = 1e-8

    def ranges(self) -> list[tuple[str, bool, str]]:
        return [
            ("step", 0 < self.step < 1, "a number in (0, 1)"),
            ("damping", 0 <= self.damping < np.inf, "a number >= 0"),
        ]

    def blank(self, n: int) -> np.ndarray:
        return np.tile(0.5 * (self.low + self.high), (n, self.horizon, 1))

    def shifted(self, plan: np.ndarray) -> np.ndarray:
        return np.concatenate([plan[:, 1:], plan[:, -1:]], axis=1)

    def controls(self, plan: np.ndarray) -> np.ndarray:
        return plan

    def improve(self, obs: np.ndarray, plan: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        states = self._followed(self.world.state(obs), plan)
        answer = self._solved(states, plan)
        many = len(ALPHAS)
        tried, earned = self._tried(
            repeated(states[0], many), np.repeat(plan, many, axis=0), answer, states, np.tile(ALPHAS, len(plan))
        )
        best = earned.reshape(len(plan), many).argmax(1)
        return tried.reshape(len(plan), many, *plan.shape[1:])[np.arange(len(plan)), best]

    def gains(self, obs: np.ndarray, plan: np.ndarray) -> np.ndarray:
        """[n, H, A, S] the feedback K along plans [n, H, A]: how actions answer to states that are elsewhere."""
        return self._solved(self._followed(self.world.state(obs), plan), plan).K

    def _followed(self, state: State, plan: np.ndarray) -> list[State]:
        """The H states [n] that plans meet."""
        states = []
        for t in range(plan.shape[1]):
            states.append(state)
            state = self.world.step(state, plan[:, t]).state
        return states

    def _solved(self, states: list[State], plan: np.ndarray) -> Answer:
        n, H, A = plan.shape
        rows = {key: np.concatenate([s[key] for s in states]) for key in states[0]}  # [H * n]
        actions = np.moveaxis(plan, 1, 0).reshape(H * n, A)
        around = local(self.world, rows, actions, self._pay, self.step, self.low, self.high)
        f, g, Hz = (x.reshape(H, n, *x.shape[1:]) for x in around)
        S = f.shape[2]
        Vx, Vxx = np.zeros((n, S)), np.zeros((n, S, S))
        k, K = np.zeros((n, H, A)), np.zeros((n, H, A, S))
        for t in range(H - 1, -1, -1):
            ft, back = f[t], np.swapaxes(f[t], 1, 2)
            Qz = g[t] + self.gamma * (back @ Vx[..., None])[..., 0]
            Qzz = Hz[t] + self.gamma * back @ Vxx @ ft
            Quu = Qzz[:, S:, S:] + self.damping * np.eye(A)
            k[:, t], free = limited(Quu, Qz[:, S:], self.low - plan[:, t], self.high - plan[:, t])
            held = np.where(free[:, :, None] & free[:, None, :], Quu, 0.0) + np.eye(A) * ~free[:, None, :]
            K[:, t] = -np.linalg.solve(held, Qzz[:, S:, :S] * free[:, :, None])
            Kt, kt = K[:, t], k[:, t]
            turned = np.swapaxes(Kt, 1, 2)
            Qux = Qzz[:, S:, :S]
            Vx = Qz[:, :S] + (turned @ (Quu @ kt[..., None] + Qz[:, S:, None]))[..., 0]
            Vx = Vx + (np.swapaxes(Qux, 1, 2) @ kt[..., None])[..., 0]
            Vxx = Qzz[:, :S, :S] + turned @ Quu @ Kt + turned @ Qux + np.swapaxes(Qux, 1, 2) @ Kt
            Vxx = 0.5 * (Vxx + np.swapaxes(Vxx, 1, 2))
        return Answer(k, K)

    def _tried(
        self, state: State, plan: np.ndarray, answer: Answer, states: list[State], alphas: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Plans as they are when followed with feedback, and [n * alphas] what they earn."""
        world, many = self.world, len(ALPHAS)
        done, total, live = np.empty_like(plan), np.zeros(len(plan)), np.ones(len(plan), dtype=bool)
        for t in range(plan.shape[1]):
            off = world.apart(vector(state), np.repeat(vector(states[t]), many, axis=0))
            move = alphas[:, None] * np.repeat(answer.k[:, t], many, axis=0)
            move = move + np.einsum("nas,ns->na", np.repeat(answer.K[:, t], many, axis=0), off)
            done[:, t] = np.clip(plan[:, t] + move, self.low, self.high)
            after = world.step(state, done[:, t])
            earned = paid(world, state, done[:, t], after, self._pay)
            total += self.gamma**t * np.where(live, earned, self.ended)
            live &= ~np.asarray(after.terminated)
            state = after.state
        return done, total


def local(
    model: Model, state: State, action: np.ndarray, pay: Pay | None, h: float, low: np.ndarray, high: np.ndarray
) -> Local:
    """Derivatives at M states and actions [M, A], by central differences of width h; the cost's made convex."""
    x, M = vector(state), len(action)
    S, A = x.shape[1], action.shape[1]
    D = S + A
    z = np.concatenate([x, np.clip(action, low + h, high - h)], axis=1)
    pairs = [(i, j) for i in range(D) for j in range(i)]
    eye = h * np.eye(D)
    moves = [np.zeros(D), *eye, *-eye, *(a * (eye[i] + eye[j]) for i, j in pairs for a in (1, -1))]
    points = (z[:, None] + np.array(moves)).reshape(-1, D)  # [M * E, D]
    E = len(moves)
    rows = of_vector(points[:, :S], repeated(state, E))
    after = model.step(rows, points[:, S:])
    cost = -paid(model, rows, points[:, S:], after, pay).reshape(M, E)
    ends = vector(after.state).reshape(M, E, S)[:, : 1 + 2 * D]
    f = np.swapaxes(model.apart(ends[:, 1 : 1 + D], ends[:, 1 + D :]), 1, 2) / (2 * h)
    g = (cost[:, 1 : 1 + D] - cost[:, 1 + D : 1 + 2 * D]) / (2 * h)
    H = np.zeros((M, D, D))
    at = np.arange(D)
    H[:, at, at] = (cost[:, 1 : 1 + D] + cost[:, 1 + D : 1 + 2 * D] - 2 * cost[:, :1]) / h**2
    both = cost[:, 1 + 2 * D :].reshape(M, len(pairs), 2).sum(2)  # both coordinates up, and both down
    for p, (i, j) in enumerate(pairs):
        whole = (both[:, p] - 2 * cost[:, 0]) / h**2
        H[:, i, j] = H[:, j, i] = 0.5 * (whole - H[:, i, i] - H[:, j, j])
    values, turned = np.linalg.eigh(H)
    if values.min() < -1e-6 * max(1.0, float(np.abs(values).max())):
        H = (turned * np.maximum(values, 0.0)[:, None, :]) @ np.swapaxes(turned, 1, 2)
    return Local(f, g, H)


def limited(Q: np.ndarray, q: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """argmin ½ k'Q k + q'k over low <= k <= high by projected Newton steps: k [n, A], and [n, A] bool what is free."""

    def worth(k: np.ndarray) -> np.ndarray:
        return 0.5 * np.einsum("ni,nij,nj->n", k, Q, k) + (q * k).sum(1)

    eye, free = np.eye(q.shape[1]), np.ones(q.shape, dtype=bool)
    k = np.clip(-np.linalg.solve(Q, q[..., None])[..., 0], low, high)
    value = worth(k)
    for _ in range(4 * q.shape[1]):
        slope = q + (Q @ k[..., None])[..., 0]
        free = ~(((k <= low) & (slope > 0)) | ((k >= high) & (slope < 0)))
        held = np.where(free[:, :, None] & free[:, None, :], Q, 0.0) + eye * ~free[:, None, :]
        new = np.clip(k - np.linalg.solve(held, np.where(free, slope, 0.0)[..., None])[..., 0], low, high)
        found = worth(new)
        better = found < value - 1e-15 * np.abs(value)
        if not better.any():
            break
        k, value = np.where(better[:, None], new, k), np.where(better, found, value)
    return k, free
