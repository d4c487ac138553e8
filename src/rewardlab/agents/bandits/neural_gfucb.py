"""GFUCB over networks: joint optimism of several tasks about features that they share and have to find.

    θ̂ = argmin Σ_{s,i} (f_i(x_{s,i}; θ) − r_{s,i})² + λ |θ − θ₀|²,    f_i(x; θ) = w_i · φ(x),    θ = (φ, w_1 .. w_T)
    F = {θ: (θ − θ̂)ᵀ A (θ − θ̂) ≤ β},    A = λ I + Σ_{s,i} g_i(x_{s,i}) g_i(x_{s,i})ᵀ,    g_i(x) = ∂f_i(x; θ̂) / ∂θ
    play argmax over arms of  Σ_i f_i(x_i; θ̂) + √β ‖Σ_i g_i(x_i)‖_{A⁻¹},    β = C s² (ln (det A / det λ I) + 2 ln (1/δ))

For a class that cannot be counted the set of GFUCB is taken where the network is linear in θ around the fit: there the
best member has a closed form, and ln det A stands for the logarithm of the class's size. Weights of all layers are
doubted, not the last one's alone. A network without hidden layers makes it LinUCB.

Source: Lu, Zhao, Du, Huang, "Provable General Function Class Representation Learning in Multitask Bandits and MDPs",
NeurIPS 2022, Algorithm 1; Zhou, Li, Gu, "Neural Contextual Bandits with UCB-based Exploration", ICML 2020, Algorithm 1
(widths from gradients); fitting by Gauss-Newton steps, and the joint choice, are ours.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from rewardlab.agents.loops.contextual import ContextualAgent, shrunk
from rewardlab.agents.loops.gauss_newton import Network, fitted
from rewardlab.core.errors import BadOption

FIRST = 64  # rounds for which there is room at first
MOST = 1024  # joint choices that are all tried; of more, a best one is sought task by task


@dataclass(eq=False, kw_only=True)
class NeuralGFUCB(ContextualAgent):
    """A network for each memory, shared by its tasks, with a linear head for each, and optimism about all its weights.

    Between two fits the weights follow each pay by the step that is exact for a linear network. Rows that share a
    memory choose by what all of them knew before the step.

    Args:
        hidden: outputs of each hidden layer, the last is the length of φ; none for φ(x) = x.
        lam: λ > 0; None for 10 s², which lets weights differ from those drawn by about 0.3 each (ours).
        scale: C > 0 (the default is ours; the theory's is 1).
        noise: s > 0, the pay's deviation.
        delta: δ in (0, 1).
        beta: β itself, a number >= 0; None for the one that grows.
        every: rounds between two fits, >= 1.
        steps: Gauss-Newton steps in a fit, >= 1.

    Attributes:
        first: [M, P] θ₀, drawn.
        theta: [M, P] θ̂.
        inverse: [M, P, P] A⁻¹.
        growth: [M] ln (det A / det λ I).
        seen: [M, C, T, d] the vectors chosen, the first `rounds` of them.
        paid_for: [M, C, T] what they paid.
        rounds: [M].

    Raises:
        BadOption: for a number outside its range.
    """

    hidden: Sequence[int] = (32, 3)
    lam: float | None = None
    scale: float = 0.1
    noise: float = 0.1
    delta: float = 0.05
    beta: float | None = None
    every: int = 20
    steps: int = 10

    def prepare(self) -> None:
        super().prepare()
        for name in ("scale", "noise", "lam"):
            if getattr(self, name) is not None and not 0 < getattr(self, name) < math.inf:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="NeuralGFUCB", expected="a number above 0")
        if not 0 < self.delta < 1:
            raise BadOption(f"delta={self.delta!r}", where="NeuralGFUCB", expected="a number between 0 and 1")
        if self.beta is not None and not 0 <= self.beta < math.inf:
            raise BadOption(f"beta={self.beta!r}", where="NeuralGFUCB", expected="a number >= 0")
        numbers = {"every": self.every, "steps": self.steps, **{f"hidden[{i}]": n for i, n in enumerate(self.hidden)}}
        for name, value in numbers.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadOption(f"{name}={value!r}", where="NeuralGFUCB", expected="an integer >= 1")
        self._lam = 10 * self.noise**2 if self.lam is None else self.lam
        self._net = Network(self.dimension, self.hidden, self.tasks)
        M, T, P = self.memories, self.tasks, self._net.count
        self.first = np.array([self._net.drawn(self._rng) for _ in range(M)])
        self.theta = self.first.copy()
        self.inverse, self.growth = np.zeros((M, P, P)) + np.eye(P) / self._lam, np.zeros(M)
        self.seen, self.paid_for = np.zeros((M, FIRST, T, self.dimension)), np.zeros((M, FIRST, T))
        self.rounds = np.zeros(M, dtype=np.int64)

    def radius(self, growth: np.ndarray) -> np.ndarray:
        """β [...] where ln (det A / det λ I) is `growth` [...]."""
        if self.beta is not None:
            return np.full(np.shape(growth), float(self.beta))
        return self.scale * self.noise**2 * (growth + 2 * math.log(1 / self.delta))

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        arms = np.empty(x.shape[:2], dtype=np.int64)
        for row, own in enumerate(x):
            m = row if self.memories == len(x) else 0
            flat, task = self._flat(own)
            g = self._net.gradient(self.theta[m], flat, task)
            between = (g @ self.inverse[m] @ g.T).reshape(*own.shape[:2], *own.shape[:2])  # [T, n, T, n]
            arms[row] = together(
                self._told(m, flat, task).reshape(own.shape[:2]), between, float(self.radius(self.growth[m]))
            )
        return arms

    def value(self, x: np.ndarray) -> np.ndarray:
        out = np.empty(x.shape[:3])
        for row, own in enumerate(x):
            out[row] = self._told(row if self.memories == len(x) else 0, *self._flat(own)).reshape(own.shape[:2])
        return out

    def _flat(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vectors [T, ..., d] as [B, d], and their tasks [B]."""
        flat = x.reshape(-1, self.dimension)
        return flat, np.repeat(np.arange(self.tasks), len(flat) // self.tasks)

    def _told(self, m: int, x: np.ndarray, task: np.ndarray) -> np.ndarray:
        """What vectors [B, d] are believed to pay, [B]."""
        return self._net.value(self.theta[m], x, task) - self._net.value(self.first[m], x, task)

    def feed(self, memory: np.ndarray, x: np.ndarray, pay: np.ndarray) -> None:
        while int(self.rounds.max()) + len(x) > self.seen.shape[1]:
            self.seen = np.concatenate([self.seen, np.zeros_like(self.seen)], axis=1)
            self.paid_for = np.concatenate([self.paid_for, np.zeros_like(self.paid_for)], axis=1)
        tasks = np.arange(self.tasks)
        for m, own, paid in zip(memory, x, pay, strict=True):
            self.seen[m, self.rounds[m]], self.paid_for[m, self.rounds[m]] = own, paid
            self.rounds[m] += 1
            if self.rounds[m] % self.every == 0:
                self.fit(int(m))
                continue
            for i in tasks:
                g = self._net.gradient(self.theta[m], own[i : i + 1], tasks[i : i + 1])[0]
                self.inverse[m], grown = shrunk(self.inverse[m], g)
                self.growth[m] += math.log(grown)
                off = paid[i] - self._told(int(m), own[i : i + 1], tasks[i : i + 1])[0]
                self.theta[m] += self.inverse[m] @ g * off

    def fit(self, m: int) -> None:
        """The weights and A⁻¹ of memory m from all that it has seen."""
        t = self.rounds[m]
        x, task = self.seen[m, :t].reshape(-1, self.dimension), np.tile(np.arange(self.tasks), t)
        pay = self.paid_for[m, :t].reshape(-1)
        self.theta[m] = fitted(self._net, self.theta[m], self.first[m], x, task, pay, self._lam, self.steps)
        J = self._net.gradient(self.theta[m], x, task)
        A = J.T @ J + self._lam * np.eye(self._net.count)
        self.inverse[m] = np.linalg.inv(A)
        self.growth[m] = np.linalg.slogdet(A)[1] - self._net.count * math.log(self._lam)

    def tables(self) -> dict[str, Any]:
        held = {"first": self.first, "theta": self.theta, "inverse": self.inverse, "growth": self.growth}
        data = {"seen": self.seen, "paid_for": self.paid_for, "rounds": self.rounds}
        return {**super().tables(), **held, **data}


def together(a: np.ndarray, between: np.ndarray, beta: float) -> np.ndarray:
    """The arms k [T] with the largest Σ_i a_{i,k_i} + √(β Σ_ij between_{i,k_i,j,k_j}).

    Where there are more than `MOST` of them, tasks change their arms in turn, from the arms with the largest means and
    from those that each task alone would hope most of, until none does better.

    Args:
        a: [T, n].
        between: [T, n, T, n], positive semidefinite.
        beta: >= 0.
    """
    T, n = a.shape
    tasks = np.arange(T)

    def hope(arms: np.ndarray) -> np.ndarray:  # [J, T] -> [J]
        square = between[tasks[:, None], arms[:, :, None], tasks, arms[:, None]].sum((1, 2))
        return a[tasks, arms].sum(1) + np.sqrt(beta * np.maximum(square, 0.0))

    if n**T <= MOST:
        every = np.array(list(product(range(n), repeat=T)))
        return every[hope(every).argmax()]
    alone = a + np.sqrt(beta * np.maximum(np.einsum("ikik->ik", between), 0.0))
    found = []
    for start in (a.argmax(1), alone.argmax(1)):
        arms, best, still = start.copy(), float(hope(start[None])[0]), 0
        while still < T:
            for i in range(T):
                tried = np.repeat(arms[None], n, axis=0)
                tried[:, i] = np.arange(n)
                hopes = hope(tried)
                k = int(hopes.argmax())
                better = hopes[k] > best + 1e-12 * (1 + abs(best))
                still = 0 if better else still + 1
                if better:
                    arms, best = tried[k], float(hopes[k])
        found.append((best, arms))
    return max(found, key=lambda pair: pair[0])[1]
