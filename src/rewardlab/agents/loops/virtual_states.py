"""Virtual states: a plan for arms that tire and recover, made of one plan for each arm.

    max Σ_i Σ_τ y_i(τ, play) μ_i(τ)    so that each y_i is the stationary law of one arm and Σ_i Σ_τ y_i(τ, play) ≤ 1

    request of arm i:  with probability y_i(V_i, play) / Σ_a y_i(V_i, a),    V_i moves as if each request were granted
    play the arm with the largest μ_i(V_i) among those that request

A request that is refused only rests the arm, so that the real state τ_i is never below V_i, and where pay does not
fall along τ the arm pays at least μ_i(V_i). As requests are independent and at most one a round on average, the plan
earns at least 1 − 1/e of the programme, which no plan exceeds.

Source: Foussoul, Goyal, Papadigenopoulos, Zeevi, "Last Switch Dependent Bandits with Monotone Payoff Functions", ICML
2023 (the programme, and states that are mirrored; the rounding here is ours).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, Diverged

REST = 1e-9  # mass below which a state is not visited


@dataclass(frozen=True)
class Moves:
    """How the state of an arm moves; states are places 0 .. 2N − 1 of τ = −N..−1, 1..N.

    Attributes:
        tau: [2N].
        played: [2N] place after a play.
        idle: [2N] place after a round of rest.
    """

    tau: np.ndarray
    played: np.ndarray
    idle: np.ndarray


def moves(reach: int) -> Moves:
    """The moves of arms whose state goes from −N to N, N = `reach`."""
    n, place = reach, np.arange(2 * reach)
    negative = place < n
    return Moves(
        np.where(negative, place - n, place - n + 1),
        np.where(negative, np.maximum(place - 1, 0), n - 1),
        np.where(negative, n, np.minimum(place + 1, 2 * n - 1)),
    )


@dataclass(frozen=True)
class Plan:
    """What the programme says.

    Attributes:
        value: its optimum, which no plan's mean pay per round exceeds.
        y: [k, 2N, 2] occupations (idle, play) of each arm.
        price: what a play costs the other arms, >= 0: the multiplier of "at most one play a round".
    """

    value: float
    y: np.ndarray
    price: float

    @property
    def requests(self) -> np.ndarray:
        """[k, 2N] probability of a request in each state; 0 where the stationary law never is."""
        mass = self.y.sum(2)
        return np.where(mass > REST, self.y[:, :, 1] / np.maximum(mass, REST), 0.0)

    @property
    def law(self) -> np.ndarray:
        """[k, 2N] stationary law of each arm's virtual state."""
        mass = np.where(self.y.sum(2) > REST, self.y.sum(2), 0.0)
        return mass / mass.sum(1, keepdims=True)


def check_payoffs(means: Any, where: str) -> np.ndarray:
    """[k, 2N] means as an array.

    Raises:
        BadOption: for another shape, numbers that are not finite, or pay that falls somewhere along τ.
    """
    mu = np.array(means, dtype=np.float64)
    if mu.ndim != 2 or not mu.size or mu.shape[1] % 2 or not np.isfinite(mu).all():
        raise BadOption(f"payoffs of shape {list(mu.shape)}", where=where, expected="finite numbers [k, 2 N]")
    if (np.diff(mu, axis=1) < -1e-12).any():
        raise BadOption(
            "payoffs that fall along tau",
            where=where,
            expected="numbers that never fall from -N to N: rest does no harm, and play no good",
            mend="numpy.maximum.accumulate(payoffs, axis=1)",
        )
    return mu


def plan(means: Any) -> Plan:
    """The programme's solution for mean pay [k, 2N], by SciPy's HiGHS.

    Raises:
        BadOption: for means of another shape, not finite, or that fall along τ.
        Diverged: if the solver fails.
    """
    from scipy import sparse
    from scipy.optimize import linprog

    mu = check_payoffs(means, "plan")
    k, size = mu.shape
    how = moves(size // 2)
    # of one arm: what stays in a place less what comes into it, for (place, idle) and (place, play); and the sum
    flow = np.zeros((size + 1, size, 2))
    flow[size] = 1.0
    for a, after in enumerate((how.idle, how.played)):
        flow[np.arange(size), np.arange(size), a] += 1.0
        np.add.at(flow[:, :, a], (after, np.arange(size)), -1.0)
    alone = sparse.csr_array(flow.reshape(size + 1, -1))
    pay = np.zeros((k, size, 2))
    pay[:, :, 1] = mu
    solved = linprog(
        -pay.ravel(),
        A_eq=sparse.block_diag([alone] * k, format="csr"),
        b_eq=np.tile(np.append(np.zeros(size), 1.0), k),
        A_ub=np.tile([0.0, 1.0], k * size)[None],
        b_ub=[1.0],
        method="highs",
    )
    if not solved.success:
        raise Diverged(f"the linear program failed: {solved.message}", where="plan", expected="a solution")
    y = np.maximum(solved.x, 0.0).reshape(k, size, 2)
    return Plan(-float(solved.fun), y, max(-float(solved.ineqlin.marginals[0]), 0.0))


def advantages(means: Any, price: float) -> np.ndarray:
    """[k, 2N] what a play in each state gains over a round of rest, for each arm alone where a play costs `price`.

    Each arm alone is a small average-reward process, solved by value iteration with half steps.
    """
    mu = check_payoffs(means, "advantages")
    how, bias = moves(mu.shape[1] // 2), np.zeros_like(mu)
    for _ in range(100_000):
        play, rest = mu - price + bias[:, how.played], bias[:, how.idle]
        step = 0.5 * (np.maximum(play, rest) - bias)
        bias = bias + step - step[:, :1]
        if np.ptp(step, axis=1).max() < 1e-12:
            break
    return mu - price + bias[:, how.played] - bias[:, how.idle]
