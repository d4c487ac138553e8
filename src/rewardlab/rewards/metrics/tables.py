"""What the metrics of tables stand on: rewards as full tables, advantages, and the distance of two directions.

A reward is given as [S, A], [S, A, S] or a sparse matrix [S * A, S], as `TabularMDP.with_reward` takes it. What is
small beside the numbers that it was computed from is rounding, and counts as zero: a shaped nothing is nothing.
"""

from typing import Any

import numpy as np
from scipy import sparse

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import reachable

_NOTHING = 1e-10  # beside the terms of a sum, below which what is left of them is rounding


def discounted(mdp: TabularMDP, gamma: float | None, *, where: str) -> TabularMDP:
    """The process under `gamma`, its own if None.

    Raises:
        BadOption: if neither is a discount.
    """
    if gamma is not None:
        return mdp.with_gamma(gamma)
    if mdp.gamma is None:
        raise BadOption(
            "a process without a discount", where=where, expected="gamma in [0, 1]", mend=f"{where}(..., gamma=0.99)"
        )
    return mdp


def live(mdp: TabularMDP) -> np.ndarray:
    """[S] bool: the states in which some policy comes to act."""
    return reachable(mdp) & ~mdp.terminal


def full(mdp: TabularMDP, R: Any, *, where: str) -> np.ndarray:
    """A reward as [S, A, S]; one given as [S, A] pays alike whatever follows.

    Raises:
        BadOption: for another shape, or a number that is not finite.
    """
    S, A = mdp.num_states, mdp.num_actions
    R = R.toarray() if sparse.issparse(R) else np.asarray(R, dtype=float)
    shapes = {(S, A): (S, A, 1), (S, A, S): (S, A, S), (S * A, S): (S, A, S)}
    if R.shape not in shapes:
        raise BadOption(f"a reward of shape {R.shape}", where=where, expected=f"[{S}, {A}] or [{S}, {A}, {S}]")
    if not np.isfinite(R).all():
        at = np.argwhere(~np.isfinite(R))[0].tolist()
        raise BadOption(f"the reward at {at} is {R[tuple(at)]}", where=where, expected="finite numbers")
    return np.broadcast_to(R.reshape(shapes[R.shape]), (S, A, S)).astype(float)


def law(given: np.ndarray | None, size: int, *, where: str, what: str) -> np.ndarray:
    """A distribution [size], uniform if None.

    Raises:
        BadOption: for anything else.
    """
    if given is None:
        return np.full(size, 1.0 / size)
    p = np.asarray(given, dtype=float)
    if p.shape != (size,) or not (p >= 0).all() or not abs(p.sum() - 1.0) <= 1e-8:
        raise BadOption(f"{what} has shape {p.shape} and sum {p.sum():.12g}", where=where, expected="a distribution")
    return p


def uniform(mdp: TabularMDP) -> np.ndarray:
    """The policy that takes every action alike, [S, A]."""
    return np.full((mdp.num_states, mdp.num_actions), 1.0 / mdp.num_actions)


def advantages(mdp: TabularMDP, R: Any, policy: Any = None) -> np.ndarray:
    """Q(s, a) − V(s) [S, A] of a policy, the uniform one if None; 0 where nobody acts.

    It orders policies as the reward does, and is the same for all rewards that differ by shaping or by what only
    the successor decides.
    """
    paid = mdp.with_reward(R)
    found = paid.evaluate(uniform(mdp) if policy is None else policy)
    return settled(np.where(live(mdp)[:, None], found.Q - found.V[:, None], 0.0), size_of(paid), np.abs(found.V).max())


def size_of(mdp: TabularMDP) -> float:
    """The largest number that the process pays, before expectations are taken."""
    return float(np.abs(mdp.R if mdp.pay is None else mdp.pay).max(initial=0.0))


def settled(x: np.ndarray, *sizes: float) -> np.ndarray:
    """`x`, or zeros if it is rounding beside numbers of these sizes."""
    return x if np.abs(x).max(initial=0.0) > _NOTHING * max(*sizes, 0.0) else np.zeros_like(x)


def value_range(mdp: TabularMDP) -> tuple[float, float]:
    """The least and the largest expected return of any policy."""
    return -mdp.with_reward(-mdp.R).solve().value, mdp.solve().value


def restricted(mdp: TabularMDP, allowed: np.ndarray) -> TabularMDP:
    """The process in which every action that is not `allowed` [S, A] does what the first allowed one does."""
    S, A = mdp.num_states, mdp.num_actions
    choice = np.where(allowed, np.arange(A), allowed.argmax(1)[:, None])
    rows = (np.arange(S)[:, None] * A + choice).ravel()
    R = mdp.R.ravel()[rows].reshape(S, A)
    return TabularMDP(mdp.P[rows], R, gamma=mdp.gamma, initial=mdp.initial, terminal=mdp.terminal)


def best_actions(mdp: TabularMDP, tolerance: float = 1e-9) -> np.ndarray:
    """[S, A] bool: the actions whose value is the best in their state, up to `tolerance` of the largest value."""
    found = mdp.solve()
    return found.optimal_actions(tolerance * np.abs(found.Q).max()) | mdp.terminal[:, None]


def half_angle(first: np.ndarray, second: np.ndarray) -> float:
    """½ ‖x / ‖x‖ − y / ‖y‖‖ in 0..1, where nothing stays nothing: √((1 − cos) / 2), without its cancellation."""
    units = [x / n if (n := float(np.linalg.norm(x))) > 0 else x for x in (first.ravel(), second.ravel())]
    return min(0.5 * float(np.linalg.norm(units[0] - units[1])), 1.0)


def pearson(first: np.ndarray, second: np.ndarray, weights: np.ndarray, sizes: tuple[float, float]) -> float:
    """√((1 − ρ) / 2) of two variables under `weights`; of a constant one and another 1/2, of two constants 0.

    Args:
        first, second: values, of any one shape.
        weights: their probabilities.
        sizes: how large the numbers were from which each was computed.
    """
    spread = []
    for x, size in zip((first, second), sizes, strict=True):
        centred = np.where(weights > 0, x - (weights * x).sum(), 0.0)
        spread.append(settled(centred, size) * np.sqrt(weights))
    return half_angle(spread[0], spread[1])
