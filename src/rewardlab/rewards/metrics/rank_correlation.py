"""Rank correlation of returns.

    τ = (concordant − discordant) / √((pairs − ties₁) (pairs − ties₂)),    ρ = Pearson of the ranks

Do two rewards put the same policies first? The coarsest of the metrics, and the one that also works where only returns
can be sampled. It says something about the policies that were given, and nothing about others.

Source: Kendall, "The Treatment of Ties in Ranking Problems", Biometrika 1945 (τ); Spearman, "The Proof and
Measurement of Association between Two Things", American Journal of Psychology 1904 (ρ).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.tables import discounted


@dataclass(frozen=True)
class RankCorrelation:
    """How alike two rewards rank K policies.

    Attributes:
        kendall: τ (the form b, for ties) in -1..1; 0 if one of the rewards ranks none above another.
        spearman: ρ in -1..1, likewise.
        first, second: [K] the returns.
    """

    kendall: float
    spearman: float
    first: np.ndarray
    second: np.ndarray


def rank_correlation(
    mdp: TabularMDP, first: Any, second: Any, *, policies: Sequence[Any], gamma: float | None = None
) -> RankCorrelation:
    """The rank correlation of the exact returns of policies under two rewards.

    Args:
        mdp: the process; its own reward does not count.
        first, second: rewards [S, A], [S, A, S], or sparse [S * A, S].
        policies: K >= 2 of them: actions [S] or probabilities [S, A].
        gamma: the discount, the process's own if None.

    Raises:
        BadOption: for fewer than two policies, wrong shapes, or numbers that are not finite.
    """
    mdp = discounted(mdp, gamma, where="rank_correlation")
    visits = [mdp.occupancy(p) for p in policies]
    tables = [mdp.with_reward(R).R for R in (first, second)]
    return rank_correlation_of(*(np.array([float((v * R).sum()) for v in visits]) for R in tables))


def rank_correlation_of(first: Any, second: Any, *, tolerance: float = 1e-9) -> RankCorrelation:
    """The rank correlation of returns that were sampled or computed elsewhere.

    Args:
        first, second: returns [K] of the same K >= 2 policies.
        tolerance: returns that differ by less than this share of the largest count as equal.

    Raises:
        BadOption: for fewer than two, different numbers of them, or returns that are not finite.
    """
    x, y = (np.asarray(r, dtype=float) for r in (first, second))
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise BadOption(
            f"returns of shapes {x.shape} and {y.shape}"
            if x.shape != y.shape or x.ndim != 1 or len(x) < 2
            else "returns that are not finite",
            where="rank_correlation",
            expected="finite returns [K] of the same two policies or more under both rewards",
        )
    a, b = (_ranks(r, tolerance) for r in (x, y))
    if not a.any() or not b.any():
        return RankCorrelation(0.0, 0.0, x, y)
    tau, rho = float(stats.kendalltau(a, b).statistic), float(stats.spearmanr(a, b).statistic)
    return RankCorrelation(tau, rho, x, y)


def _ranks(returns: np.ndarray, tolerance: float) -> np.ndarray:
    """[K] 0, 1, 2 ... by size; returns that follow each other closely share one."""
    order = np.argsort(returns, kind="stable")
    gaps = np.diff(returns[order]) > tolerance * np.abs(returns).max()
    out = np.empty(len(returns), dtype=np.int64)
    out[order] = np.concatenate([[0], np.cumsum(gaps)])
    return out
