"""GLM-UCB with the logistic link: arms are vectors, and pay is 0 or 1.

    E[r] = σ(x · θ),  σ(z) = 1 / (1 + e^(−z));    θ̂ = argmax Σ (r ln σ(x · θ) + (1 − r) ln (1 − σ(x · θ))) − λ/2 |θ|²
    pull argmax_x  x · θ̂ + α ‖x‖_{V⁻¹},    V = λ I + Σ x xᵀ

A line through probabilities is biased near 0 and 1; the link is not. As σ rises, the arm with the largest bound on
x · θ has the largest bound on its pay.

Source: Filippi, Cappé, Garivier, Szepesvári, "Parametric Bandits: The Generalized Linear Case", NeurIPS 2010, Algorithm
1; Li, Lu, Zhou, "Provably Optimal Algorithms for Generalized Linear Contextual Bandits", ICML 2017, Algorithm 1 (the
bound on x · θ).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.contextual import RidgeAgent, best, width
from rewardlab.core.errors import BadOption, BadReward

FIRST = 64  # rounds for which there is room at first


@dataclass(eq=False, kw_only=True)
class GLMUCB(RidgeAgent):
    """Optimism about a logistic model; for arms that are vectors and pay in [0, 1], with a model for each task.

    θ̂ is brought up to date by Newton's method after each step, from where it was. Rows that share a memory choose by
    what all of them knew before the step.

    Args:
        alpha: α >= 0.

    Attributes:
        coefficients: [M, T, d] θ̂.
        seen: [M, C, T, d] the vectors chosen, the first `rounds` of them.
        paid_for: [M, C, T] what they paid.
        rounds: [M].

    Raises:
        BadOption: for a negative α.
        BadReward: for pay outside [0, 1], while learning.
    """

    alpha: float = 1.0

    def prepare(self) -> None:
        super().prepare()
        if not 0 <= self.alpha < math.inf:
            raise BadOption(f"alpha={self.alpha!r}", where="GLMUCB", expected="a number >= 0")
        M, T, d = self.memories, self.tasks, self.dimension
        self.coefficients = np.zeros((M, T, d))
        self.seen, self.paid_for = np.zeros((M, FIRST, T, d)), np.zeros((M, FIRST, T))
        self.rounds = np.zeros(M, dtype=np.int64)

    def value(self, x: np.ndarray) -> np.ndarray:
        return (x @ self.coefficients[..., None])[..., 0]

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return best(self.value(x) + self.alpha * width(self.inverse, x), rng)

    def feed(self, memory: np.ndarray, x: np.ndarray, pay: np.ndarray) -> None:
        if ((pay < 0) | (pay > 1)).any():
            raise BadReward(f"pay from {pay.min():g} to {pay.max():g}", where="GLMUCB", expected="numbers in [0, 1]")
        super().feed(memory, x, pay)
        while int(self.rounds.max()) + len(x) > self.seen.shape[1]:
            self.seen = np.concatenate([self.seen, np.zeros_like(self.seen)], axis=1)
            self.paid_for = np.concatenate([self.paid_for, np.zeros_like(self.paid_for)], axis=1)
        for m, own, paid in zip(memory, x, pay, strict=True):
            self.seen[m, self.rounds[m]], self.paid_for[m, self.rounds[m]] = own, paid
            self.rounds[m] += 1
        t = int(self.rounds.max())
        known = np.arange(t) < self.rounds[:, None]  # [M, t]
        self.coefficients = fitted(self.seen[:, :t], self.paid_for[:, :t], known, self.lam, self.coefficients)

    def tables(self) -> dict[str, Any]:
        data = {"seen": self.seen, "paid_for": self.paid_for, "rounds": self.rounds}
        return {**super().tables(), "coefficients": self.coefficients, **data}


def fitted(x: np.ndarray, pay: np.ndarray, known: np.ndarray, lam: float, start: np.ndarray) -> np.ndarray:
    """The coefficients θ̂ [M, T, d] of x [M, t, T, d] that paid [M, t, T], where `known` [M, t], by Newton's method.

    Args:
        x: vectors.
        pay: in [0, 1].
        known: which of them count.
        lam: λ > 0.
        start: [M, T, d] where to begin.
    """
    theta, eye = start, lam * np.eye(x.shape[-1])
    x = np.moveaxis(x, 2, 1)  # [M, T, t, d]
    pay, counts = np.moveaxis(pay, 2, 1), known[:, None].astype(np.float64)

    def loss(at: np.ndarray) -> np.ndarray:
        z = (x @ at[..., None])[..., 0]
        return ((np.logaddexp(0.0, z) - pay * z) * counts).sum(-1) + 0.5 * lam * (at * at).sum(-1)

    here = loss(theta)
    for _ in range(50):
        p = 0.5 + 0.5 * np.tanh(0.5 * (x @ theta[..., None])[..., 0])  # [M, T, t] σ without overflow
        slope = (((p - pay) * counts)[..., None, :] @ x)[..., 0, :] + lam * theta
        if np.abs(slope).max() < 1e-10:
            break
        curve = (x * (p * (1 - p) * counts)[..., None]).swapaxes(-1, -2) @ x + eye
        step = np.linalg.solve(curve, slope[..., None])[..., 0]
        size = np.ones(here.shape)
        for _ in range(30):  # far from the optimum a whole step may lead away from it
            after = loss(theta - size[..., None] * step)
            worse = after > here + 1e-12 * np.abs(here)
            if not worse.any():
                break
            size = np.where(worse, 0.5 * size, size)
        theta, here = theta - size[..., None] * step, after
    return theta
