"""Budgets: how many of a number of labels are asked for in each round.

    count_t = ⌊B W_t + ½⌋ − ⌊B W_(t−1) + ½⌋,    W_t = Σ_(s<=t) w_s / Σ_s w_s
    constant w = 1,    hyperbolic w = 1 / (1 + t),    inverse square w = 1 / (1 + t²),    increasing w = 1 + t

Rounded are the cumulated shares, so that the counts sum to the budget exactly and none is negative. Early labels tell
what the task is; later ones keep up with what the policy has come to do. Christiano et al. (2017, Appendix A) ask for a
quarter at first and let the rate fall as 1 / (t + T).
"""

from collections.abc import Callable, Sequence

import numpy as np

from rewardlab.core.errors import BadOption

Budget = Callable[[int, int], np.ndarray]
"""(labels in all, rounds) -> labels in each round, [rounds] int."""


def spread_budget(budget: int, weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """Labels of each round in proportion to weights.

    Args:
        budget: labels in all, 0 or more.
        weights: of the rounds, [rounds], none negative and not all 0.

    Returns:
        Counts [rounds] int64 that sum to the budget; each is within 1 of its share.

    Raises:
        BadOption: for a negative budget, no rounds, or weights that cannot be shares.
    """
    w = np.asarray(weights, dtype=np.float64)
    if budget < 0 or w.ndim != 1 or not len(w) or not np.isfinite(w).all() or w.min() < 0 or w.sum() <= 0:
        raise BadOption(
            f"budget={budget!r}, weights={w!r}",
            where="spread_budget",
            expected="a budget of at least 0, and weights [rounds] of at least 0 that are not all 0",
        )
    whole = np.cumsum(w)
    edges = np.floor(budget * (whole / whole[-1]) + 0.5).astype(np.int64)
    return np.diff(edges, prepend=0)


def constant_budget(budget: int, rounds: int) -> np.ndarray:
    """As many labels in every round, [rounds] int64."""
    return spread_budget(budget, np.ones(_rounds(rounds)))


def hyperbolic_budget(budget: int, rounds: int) -> np.ndarray:
    """Labels that fall as 1 / (1 + t), [rounds] int64."""
    return spread_budget(budget, 1 / (1 + np.arange(_rounds(rounds))))


def inverse_square_budget(budget: int, rounds: int) -> np.ndarray:
    """Labels that fall as 1 / (1 + t²): nearly all at the beginning, [rounds] int64."""
    return spread_budget(budget, 1 / (1 + np.arange(_rounds(rounds), dtype=np.float64) ** 2))


def increasing_budget(budget: int, rounds: int) -> np.ndarray:
    """Labels that grow as 1 + t, [rounds] int64."""
    return spread_budget(budget, 1.0 + np.arange(_rounds(rounds)))


def front_loaded_budget(budget: int, rounds: int, *, first: float = 0.25) -> np.ndarray:
    """A share `first` in the first round, the paper's quarter by default, and the rest evenly, [rounds] int64.

    Raises:
        BadOption: for a share outside [0, 1].
    """
    if not 0 <= first <= 1:
        raise BadOption(f"first={first!r}", where="front_loaded_budget", expected="0 to 1")
    if _rounds(rounds) == 1:
        return spread_budget(budget, [1.0])
    return spread_budget(budget, [first, *[(1 - first) / (rounds - 1)] * (rounds - 1)])


def _rounds(rounds: int) -> int:
    if rounds < 1:
        raise BadOption(f"rounds={rounds!r}", where="budgets", expected="at least 1")
    return rounds
