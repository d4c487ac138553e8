"""Zero-sum games and games of preferences: their equilibria by linear programs, and with an anchor by a fixed point.

    zero-sum      max_x min_y xᵀAy = min_y max_x xᵀAy,    gap(x, y) = max_i (Ay)_i − min_j (xᵀA)_j
    preferences   P + Pᵀ = 1,    A = P − ½,    winner π: P(y > π) ≤ ½ for every y
    anchored      x ∝ μ exp(Ay/τ),    y ∝ ν exp(−Aᵀx/τ)

A preference that no score explains (a beats b beats c beats a) still has a mixture that nothing beats, and one only
once a price τ is put on leaving a reference. Programs are solved by SciPy's HiGHS.

Source: von Neumann, "Zur Theorie der Gesellschaftsspiele", Mathematische Annalen 1928 (minimax); Kreweras,
"Aggregation of Preference Orderings", Mathematics and Social Sciences I 1965 (the mixture that nothing beats); Munos,
Valko, Calandriello, et al., "Nash Learning from Human Feedback", ICML 2024, Section 4 (preferences with an anchor).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, Diverged
from rewardlab.core.game import check_mix, check_payoffs, check_preferences


@dataclass(frozen=True)
class Saddle:
    """An equilibrium of a zero-sum game.

    Attributes:
        row: [n] the mixture of the player who is paid.
        column: [m] the mixture of the player who pays.
        value: what the row player gets.
    """

    row: np.ndarray  # [n]
    column: np.ndarray  # [m]
    value: float


# -- two players, zero sum -------------------------------------------------------------------------------------------


def nash(matrix: Any) -> Saddle:
    """An equilibrium of the zero-sum game [n, m], from one linear program and its dual.

    The value is unique; of several equilibria any may come.

    Raises:
        BadOption: for a matrix that is none, or has entries that are not finite.
    """
    from scipy.optimize import linprog

    a = _matrix(matrix, "nash")
    n, m = a.shape
    low, high = a.min(), a.max()
    scaled = (a - low) / (high - low) if high > low else np.zeros_like(a)  # programs like numbers of one size
    # max v  such that  v − (xᵀA)_j ≤ 0,  Σ x = 1; the multipliers of the inequalities are the other player's mixture
    solved = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.column_stack([-scaled.T, np.ones(m)]),
        b_ub=np.zeros(m),
        A_eq=np.append(np.ones(n), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * n + [(None, None)],
        method="highs",
    )
    if not solved.success:
        raise Diverged(f"the linear program failed: {solved.message}", where="nash", expected="a solution")
    row, column = _cleaned(solved.x[:n]), _cleaned(-solved.ineqlin.marginals)
    return Saddle(row, column, float(row @ a @ column))


def duality_gap(matrix: Any, row: Any, column: Any) -> float:
    """max_i (Ay)_i − min_j (xᵀA)_j >= 0: what both players together could gain; 0 at an equilibrium alone."""
    a = np.asarray(matrix, dtype=np.float64)
    return float((a @ column).max() - (np.asarray(row) @ a).min())


def anchored(
    matrix: Any, tau: float, row: Any = None, column: Any = None, *, tolerance: float = 1e-12, rounds: int = 2_000_000
) -> Saddle:
    """The one equilibrium of xᵀAy − τ KL(x‖μ) + τ KL(y‖ν), by a damped fixed point on the logits.

    The undamped map turns around the equilibrium by up to σ/τ, half the range of A over τ; with the damping
    1/(1 + σ²/τ²) each round shrinks the error by the square root of 1 minus it, to first order. Small τ take long.

    Args:
        matrix: [n, m] what the row player gets.
        tau: the price of a nat away from the anchors, > 0.
        row: [n] the anchor μ, uniform if not given; actions without mass are never played.
        column: [m] the anchor ν, likewise.
        tolerance: the largest step of a logit (in units of the pay over τ) at which to stop, relative to 1 + σ/τ.
        rounds: how many at most.

    Returns:
        the mixtures, and their value xᵀAy without the anchors' part.

    Raises:
        BadOption: for a tau or an anchor outside its range.
        Diverged: if the tolerance was not met.
    """
    a = _matrix(matrix, "anchored")
    if not (isinstance(tau, (int, float, np.number)) and 0 < tau < math.inf):
        raise BadOption(f"tau={tau!r}", where="anchored", expected="a number above 0", mend="tau=0.1, or nash(matrix)")
    n, m = a.shape
    mu = np.full(n, 1.0 / n) if row is None else check_mix(row, n, where="anchored")
    nu = np.full(m, 1.0 / m) if column is None else check_mix(column, m, where="anchored")
    middle = float(a.max() + a.min()) / 2
    a = a - middle  # a constant moves no mixture, and halves the largest entry
    turn = float(np.abs(a).max()) / tau
    damping = 1.0 / (1.0 + turn**2)
    with np.errstate(divide="ignore"):
        base_x, base_y = np.log(mu), np.log(nu)
    live_x, live_y = mu > 0, nu > 0
    f, g = np.zeros(n), np.zeros(m)  # the logits above the anchors'
    for _ in range(rounds):
        x, y = _softmax(base_x + f), _softmax(base_y + g)
        move_f, move_g = a @ y / tau - f, -(x @ a) / tau - g
        f, g = f + damping * move_f, g + damping * move_g
        if max(np.abs(move_f[live_x]).max(), np.abs(move_g[live_y]).max()) <= tolerance * (1.0 + turn):
            x, y = _softmax(base_x + f), _softmax(base_y + g)
            return Saddle(x, y, float(x @ a @ y) + middle)
    raise Diverged(
        f"no fixed point in {rounds} rounds at tau={tau:g}", where="anchored", expected="a larger tau or more rounds"
    )


# -- preferences -----------------------------------------------------------------------------------------------------


def minimax_winner(preferences: Any) -> np.ndarray:
    """A mixture [n] that no response beats more than half the time: P(y > π) <= 1/2 for all y."""
    return nash(check_preferences(preferences, where="minimax_winner") - 0.5).row


def anchored_winner(preferences: Any, tau: float, reference: Any = None, *, tolerance: float = 1e-12) -> np.ndarray:
    """The one mixture [n] with π ∝ μ exp(P(· > π)/τ), the symmetric equilibrium of preferences with an anchor μ.

    Raises:
        BadOption, Diverged: as `anchored`, of which this is the symmetric case A = P − 1/2.
    """
    skew = check_preferences(preferences, where="anchored_winner") - 0.5
    return anchored(skew, tau, reference, reference, tolerance=tolerance).row


def preference_gap(preferences: Any, mix: Any) -> float:
    """max_y P(y > π) − 1/2 >= 0: how far the best response beats the mixture; half of its duality gap with itself."""
    return float((np.asarray(preferences) @ mix).max() - 0.5)


def _matrix(matrix: Any, where: str) -> np.ndarray:
    u = check_payoffs(matrix, where=where)
    if np.ndim(matrix) != 2:
        raise BadOption(f"payoffs of shape {u.shape}", where=where, expected="a matrix [n, m]")
    return u[0]


def _cleaned(mix: np.ndarray) -> np.ndarray:
    mix = np.maximum(mix, 0.0)
    return mix / mix.sum()


def _softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()
