"""Planning by sweeps: value iteration and modified policy iteration over sparse tables, with proved error bounds.

    V ← max_a [ R(s, a) + γ Σ_s' P(s' | s, a) V(s') ],    Δ = the change of one sweep
    V* − V ∈ γ / (1 − γ) · [min Δ, max Δ]

`TabularMDP.solve` is exact and factorises a matrix of all states; sweeps only multiply by P, so that a hundred thousand
states take seconds. What is returned is the middle of the interval that the last sweep proves, and half its width.

Source: Puterman, "Markov Decision Processes: Discrete Stochastic Dynamic Programming", 1994, Sections 6.5 (modified
policy iteration), 6.6 (bounds) and 8.5 (average reward); MacQueen, "A Modified Dynamic Programming Method for Markovian
Decision Problems", Journal of Mathematical Analysis and Applications 1966 (the interval).
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption, Diverged
from rewardlab.core.mdp import Solution, TabularMDP


@dataclass(frozen=True)
class Planned(Solution):
    """Values of the best policy as far as sweeps have found them.

    Attributes:
        bound: no value is further from the optimum than this; for average reward the bound on the gain. NaN for
            gamma = 1, where the last change proves nothing.
        sweeps: products with P that it took.
    """

    bound: float
    sweeps: int


def value_iteration(mdp: TabularMDP, *, tolerance: float = 1e-6, max_sweeps: int = 1_000_000) -> Planned:
    """The best values to `tolerance`, by sweeps over all states.

    Args:
        mdp: the process; discounted, episodic (gamma = 1) or average reward (None).
        tolerance: > 0; sweeps end when the proved error, for gamma = 1 the largest change, is at most this.
        max_sweeps: >= 1.

    Raises:
        BadOption: for a number outside its range.
        Diverged: if `max_sweeps` did not do.
    """
    return modified_policy_iteration(mdp, sweeps=0, tolerance=tolerance, max_sweeps=max_sweeps)


def modified_policy_iteration(
    mdp: TabularMDP, *, sweeps: int = 20, tolerance: float = 1e-6, max_sweeps: int = 1_000_000
) -> Planned:
    """As `value_iteration`, with `sweeps` cheaper ones for the greedy policy after each over all actions.

    Args:
        mdp: the process; discounted, episodic (gamma = 1) or average reward (None).
        sweeps: >= 0, products with the chain of the greedy policy, 1 / A of the price of a whole sweep.
        tolerance: > 0, as for `value_iteration`.
        max_sweeps: >= 1, of both kinds together.

    Raises:
        BadOption: for a number outside its range.
        Diverged: if `max_sweeps` did not do.
    """
    for name, value, good, expected in (
        ("tolerance", tolerance, 0 < tolerance < math.inf, "a number above 0"),
        ("sweeps", sweeps, sweeps >= 0, "an integer of at least 0"),
        ("max_sweeps", max_sweeps, max_sweeps >= 1, "an integer of at least 1"),
    ):
        if not good:
            raise BadOption(f"{name}={value!r}", where="planning", expected=expected)
    average, gamma = mdp.gamma is None, 1.0 if mdp.gamma is None else mdp.gamma
    live = ~mdp.terminal
    # Terminal states never change: with them the interval holds for chains that may end. With average reward half a
    # step avoids endless cycles.
    step = 0.5 if average else 1.0
    V, done = np.zeros(mdp.num_states), 0
    while True:
        Q = mdp.R + gamma * mdp.expect(V)
        best = Q.max(1)
        change, done = np.where(live, best - V, 0.0), done + 1
        low, high = float(change.min()), float(change.max())
        if average:
            error = 0.5 * (high - low)
        else:
            error = max(abs(low), abs(high)) if gamma == 1.0 else 0.5 * gamma / (1.0 - gamma) * (high - low)
        if error <= tolerance:
            return _finished(mdp, Q, low, high, math.nan if gamma == 1.0 and not average else error, done)
        if done >= max_sweeps or not math.isfinite(error):
            raise Diverged(
                f"{done} sweeps leave an error of {error:.3g}",
                where="planning",
                expected=f"at most {tolerance:g}",
                mend="more sweeps, a larger tolerance, or TabularMDP.solve",
            )
        V = V + step * change
        if sweeps:
            policy = Q.argmax(1)
            P, r = mdp.P[np.arange(mdp.num_states) * mdp.num_actions + policy], mdp.R[np.arange(len(V)), policy]
            for _ in range(min(sweeps, max_sweeps - done)):
                V = V + step * np.where(live, r + gamma * (P @ V) - V, 0.0)
                done += 1
        if average:
            V = V - V[0]  # only differences count, and they stay small


def _finished(mdp: TabularMDP, Q: np.ndarray, low: float, high: float, bound: float, sweeps: int) -> Planned:
    """The middle of what the last sweep proves."""
    gamma, middle = mdp.gamma, 0.5 * (low + high)
    if gamma is None:
        Q = Q - middle
        return Planned(Q.max(1), Q, Q.argmax(1), middle, bound, sweeps)
    shift = 0.0 if gamma == 1.0 else gamma / (1.0 - gamma) * middle
    Q = Q + np.where(mdp.terminal, 0.0, shift)[:, None]
    V = Q.max(1)
    return Planned(V, Q, Q.argmax(1), float(mdp.initial @ V), bound, sweeps)
