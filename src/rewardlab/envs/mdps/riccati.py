"""Riccati: the best control of a linear system with quadratic cost, for some steps or for ever.

    V(x) = p'x − x'P x + c,    u*(x) = k − K x,    M = R + γ B'P B
    K = γ M⁻¹ B'P A,    P ← Q + γ A'P A − K'M K,    k = γ M⁻¹ B'p / 2,    p ← q + γ (A − B K)'p
    c ← γ (c − σ² tr P) + k'M k

Source: Bertsekas, "Dynamic Programming and Optimal Control", volume I, 3rd edition, 2005, Section 4.1.
"""

from typing import NamedTuple

import numpy as np

from rewardlab.core.errors import BadOption


class System(NamedTuple):
    """x' = A x + B u + w with deviation σ in each component of w; pays q'x − x'Q x − u'R u."""

    A: np.ndarray
    B: np.ndarray
    Q: np.ndarray
    R: np.ndarray
    q: np.ndarray
    noise: float


class Plan(NamedTuple):
    """The best control with some steps to go: V(x) = p'x − x'P x + c, u = k − K x, and M, the cost of errors in u."""

    P: np.ndarray
    p: np.ndarray
    c: float
    K: np.ndarray
    k: np.ndarray
    M: np.ndarray


def nothing(system: System) -> Plan:
    """The plan when no step is left."""
    n, m = system.B.shape
    return Plan(np.zeros((n, n)), np.zeros(n), 0.0, np.zeros((m, n)), np.zeros(m), system.R)


def back(system: System, after: Plan, gamma: float) -> Plan:
    """The plan with one step more to go."""
    A, B, Q, R, q, noise = system
    M = R + gamma * B.T @ after.P @ B
    K = gamma * np.linalg.solve(M, B.T @ after.P @ A)
    k = gamma / 2 * np.linalg.solve(M, B.T @ after.p)
    P = Q + gamma * A.T @ after.P @ A - K.T @ M @ K
    p = q + gamma * (A - B @ K).T @ after.p
    c = gamma * (after.c - noise**2 * np.trace(after.P)) + k @ M @ k
    return Plan((P + P.T) / 2, p, float(c), K, k, M)


def plans_of(system: System, horizon: int) -> list[Plan]:
    """The plans of H steps, the first one first, undiscounted."""
    plan, plans = nothing(system), []
    for _ in range(horizon):
        plan = back(system, plan, 1.0)
        plans.append(plan)
    return plans[::-1]


def steady(system: System, gamma: float) -> Plan:
    """The plan for ever.

    Raises:
        BadOption: if no control keeps the cost finite.
    """
    plan = nothing(system)
    for _ in range(100_000):
        before, plan = plan, back(system, plan, gamma)
        size = 1.0 + np.abs(plan.P).max() + np.abs(plan.p).max()
        if np.abs(plan.P - before.P).max() + np.abs(plan.p - before.p).max() < 1e-14 * size:
            lost = float(gamma * system.noise**2 * np.trace(plan.P) - plan.k @ plan.M @ plan.k)
            if lost == 0.0 or gamma < 1.0:
                return plan._replace(c=0.0 if lost == 0.0 else -lost / (1.0 - gamma))
            break
        if not np.isfinite(size) or size > 1e12:
            break
    raise BadOption(
        "a system without a finite optimum",
        where="LinearSystem",
        expected="one that some control keeps",
        mend="horizon=20",
    )
