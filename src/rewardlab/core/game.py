"""Normal-form games: what deviations would gain, exploitability, and coarse correlation, as finite sums.

    u_p(a, x₋ₚ) = Σ_b u_p(a, b₋ₚ) Π_{k≠p} x_k(b_k),    exploitability(x) = Σ_p max_a u_p(a, x₋ₚ) − u_p(x)
    coarse equilibrium q:    Σ_b q(b) [u_p(a, b₋ₚ) − u_p(b)] ≤ 0  for every player p and action a

The truth behind the games in `envs` and the players in `agents`. Payoffs of P players are one array [P, n₁, …, n_P],
of which the first axis says whose pay it is. `core.saddle` solves games of two players with zero sum. NumPy only.

Source: Nash, "Non-Cooperative Games", Annals of Mathematics 1951; Moulin, Vial, "Strategically Zero-Sum Games: The
Class of Games Whose Completely Mixed Equilibria Cannot Be Improved upon", International Journal of Game Theory 1978
(coarse correlation); Lanctot, Zambaldi, Gruslys, et al., "A Unified Game-Theoretic Approach to Multiagent
Reinforcement Learning", NeurIPS 2017 (exploitability of several players).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, Diverged

Mixes = Sequence[np.ndarray]  # one distribution [n_p] per player


# -- what is a game --------------------------------------------------------------------------------------------------


def check_payoffs(payoffs: Any, *, where: str = "payoffs") -> np.ndarray:
    """`payoffs` as float64 [P, n₁, …, n_P]; a matrix [n, m] is a zero-sum game, u₂ = −u₁.

    Raises:
        BadOption: for another number of axes than players, an empty set of actions, or numbers that are not finite.
    """
    try:
        u = np.array(payoffs, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadOption(f"payoffs of type {type(payoffs).__name__}", where=where, expected="numbers") from None
    if u.ndim == 2:
        u = np.stack([u, 0.0 - u])
    if u.ndim < 3 or u.shape[0] != u.ndim - 1 or 0 in u.shape:
        raise BadOption(
            f"payoffs of shape {u.shape}",
            where=where,
            expected="[n, m] of a zero-sum game, or [P, n1, ..., nP] for P >= 2 players",
            mend="np.stack([pay of player 0, pay of player 1])",
        )
    if not np.isfinite(u).all():
        raise BadOption("payoffs that are not finite", where=where, expected="finite numbers")
    return u


def check_preferences(preferences: Any, *, where: str = "preferences") -> np.ndarray:
    """`preferences` as float64 [n, n] with entries in [0, 1] and P + Pᵀ = 1, to 1e-9.

    Raises:
        BadOption: for anything else.
    """
    p = np.array(preferences, dtype=np.float64)
    if p.ndim != 2 or p.shape[0] != p.shape[1] or not p.size:
        raise BadOption(f"preferences of shape {p.shape}", where=where, expected="[n, n]")
    with np.errstate(invalid="ignore"):
        off = np.abs(p + p.T - 1.0).max()
    if not (off <= 1e-9 and (p >= 0).all() and (p <= 1).all()):
        raise BadOption(
            f"preferences with P + P' off by {off:.3g}, entries in {p.min():.3g}..{p.max():.3g}",
            where=where,
            expected="entries in 0..1 and P + P' = 1, 1/2 on the diagonal",
        )
    return p


def check_mix(mix: Any, size: int, *, where: str = "mix") -> np.ndarray:
    """`mix` as a distribution float64 [size]; sums within 1e-9 of 1 are taken as they are.

    Raises:
        BadOption: for another shape, negative numbers, or another sum.
    """
    x = np.array(mix, dtype=np.float64)
    if x.shape != (size,) or not (x >= 0).all() or not abs(x.sum() - 1.0) <= 1e-9:
        raise BadOption(f"mixture {x!r:.80}", where=where, expected=f"{size} numbers >= 0 with sum 1")
    return x


# -- any number of players -------------------------------------------------------------------------------------------


def deviations(payoffs: Any, mixes: Mixes) -> list[np.ndarray]:
    """For each player the expected pay [n_p] of each of its actions, against the others' independent mixtures."""
    u = check_payoffs(payoffs, where="deviations")
    found = []
    for player, own in enumerate(u):
        for other in reversed(range(len(mixes))):
            if other != player:
                own = np.tensordot(own, np.asarray(mixes[other], dtype=np.float64), axes=(other, 0))
        found.append(own)
    return found


def best_responses(payoffs: Any, mixes: Mixes, *, tolerance: float = 1e-9) -> list[np.ndarray]:
    """For each player the actions [n_p] bool within `tolerance` of the best against the others' mixtures."""
    return [own >= own.max() - tolerance for own in deviations(payoffs, mixes)]


def expected_pay(payoffs: Any, mixes: Mixes) -> np.ndarray:
    """[P] the expected pay of each player under independent mixtures."""
    return np.array([own @ mix for own, mix in zip(deviations(payoffs, mixes), mixes, strict=True)])


def exploitability(payoffs: Any, mixes: Mixes) -> float:
    """Σ_p max_a u_p(a, x₋ₚ) − u_p(x) >= 0; 0 at an equilibrium alone, and the duality gap of a zero-sum game."""
    return float(sum(own.max() - own @ mix for own, mix in zip(deviations(payoffs, mixes), mixes, strict=True)))


def coarse_gains(payoffs: Any, joint: Any) -> list[np.ndarray]:
    """For each player what each fixed action [n_p] would gain over the joint play q [n₁, …, n_P]: its average regret.

    Raises:
        BadOption: for a joint play of another shape, or that is no distribution.
    """
    u, q = check_payoffs(payoffs, where="coarse_gains"), np.asarray(joint, dtype=np.float64)
    if q.shape != u.shape[1:]:
        raise BadOption(f"joint play of shape {q.shape}", where="coarse_gains", expected=str(u.shape[1:]))
    check_mix(q.ravel(), q.size, where="coarse_gains")
    return [_swapped(own, player, q) - (own * q).sum() for player, own in enumerate(u)]


def coarse_gap(payoffs: Any, joint: Any) -> float:
    """The largest gain of any player's fixed action over the joint play, 0 if there is none: 0 on coarse equilibria."""
    return max(0.0, *(float(gain.max()) for gain in coarse_gains(payoffs, joint)))


def coarse_distance(payoffs: Any, joint: Any) -> float:
    """The total variation ½ Σ |q − q*| from the joint play to the nearest coarse correlated equilibrium q*.

    A linear program over the N = n₁ ⋯ n_P joint actions and as many absolute differences.

    Raises:
        BadOption: as `coarse_gains`.
    """
    from scipy import sparse
    from scipy.optimize import linprog

    coarse_gains(payoffs, joint)
    u, q = check_payoffs(payoffs), np.asarray(joint, dtype=np.float64).ravel()
    rows = []
    for player, own in enumerate(u):
        for action in range(own.shape[player]):
            rows.append((own.take([action], axis=player) - own).ravel())  # [N], what the action gains on each joint one
    size, one = len(q), sparse.eye_array(len(q))
    gains = sparse.csr_array(np.array(rows))
    limits = sparse.block_array([[gains, sparse.csr_array(gains.shape)], [one, -one], [-one, -one]])
    solved = linprog(
        np.append(np.zeros(size), np.full(size, 0.5)),
        A_ub=limits,
        b_ub=np.concatenate([np.zeros(len(rows)), q, -q]),
        A_eq=np.append(np.ones(size), np.zeros(size))[None],
        b_eq=[1.0],
        method="highs",
    )
    if not solved.success:
        raise Diverged(f"the linear program failed: {solved.message}", where="coarse_distance", expected="a solution")
    return max(0.0, float(solved.fun))


def _swapped(own: np.ndarray, player: int, joint: np.ndarray) -> np.ndarray:
    """[n_p] the pay of each fixed action while the others play as in `joint`."""
    others = joint.sum(axis=player, keepdims=True)
    return (own * others).sum(axis=tuple(k for k in range(joint.ndim) if k != player))
