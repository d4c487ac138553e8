"""Arms: the laws by which a stationary bandit pays, and what is known of the regret on it without playing.

    Δ_k = μ* − μ_k,    regret of T pulls = Σ_k Δ_k E[n_k(T)]
    no consistent policy stays below ln T · Σ_{k: Δ_k > 0} Δ_k / KL(k, *)
    some instance costs every policy at least √((K − 1) T) / 27
    UCB1 loses at most Σ_{k: Δ_k > 0} 8 ln T / Δ_k + (1 + π² / 3) Σ_k Δ_k where pay lies in [0, 1]

The truth beside which curves are drawn, and what compiled players draw from.

Source: Lai, Robbins, "Asymptotically Efficient Adaptive Allocation Rules", Advances in Applied Mathematics 1985,
Theorem 1; Lattimore, Szepesvári, "Bandit Algorithms", Cambridge University Press 2020, Theorem 15.2 (the minimax
bound, for Gaussian pay of deviation 1); Auer, Cesa-Bianchi, Fischer, "Finite-time Analysis of the Multiarmed Bandit
Problem", Machine Learning 2002, Theorem 1 (UCB1).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption


@dataclass(frozen=True)
class Arms:
    """K arms whose laws of pay never change.

    Args:
        means: [K] mean pay, K >= 2.
        deviation: standard deviation >= 0 of Gaussian pay; None for pay of 0 or 1.

    Raises:
        BadOption: for fewer than two arms, means that are not finite or no probabilities where they must be, or a
            deviation that is no finite number >= 0.
    """

    means: Sequence[float]
    deviation: float | None = None

    def __post_init__(self) -> None:
        means = np.array(self.means, dtype=float)
        if means.ndim != 1 or len(means) < 2 or not np.isfinite(means).all():
            raise BadOption(f"means={self.means!r}", where="Arms", expected="two or more finite numbers")
        if self.deviation is None and not ((means >= 0) & (means <= 1)).all():
            raise BadOption(
                f"means={self.means!r} for Bernoulli pay",
                where="Arms",
                expected="numbers in [0, 1]",
                mend="give a deviation for Gaussian pay",
            )
        if self.deviation is not None and not 0 <= self.deviation < math.inf:
            raise BadOption(f"deviation={self.deviation!r}", where="Arms", expected="a finite number >= 0, or None")
        object.__setattr__(self, "means", tuple(float(x) for x in means))

    @property
    def gaps(self) -> np.ndarray:
        """[K] Δ_k, 0 for the best arms."""
        means = np.array(self.means)
        return means.max() - means

    def divergences(self) -> np.ndarray:
        """[K] KL(k, *): of each arm's pay from pay of the same law with the best mean; infinite where that is sure."""
        means = np.array(self.means)
        if self.deviation is None:
            return bernoulli_divergence(means, np.full(len(means), means.max()))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.gaps > 0, self.gaps**2 / (2 * self.deviation**2), 0.0)

    def lai_robbins(self) -> float:
        """Σ_{k: Δ_k > 0} Δ_k / KL(k, *): the least regret per ln T of a policy that is consistent on all such arms."""
        worse = self.gaps > 0
        return float((self.gaps[worse] / self.divergences()[worse]).sum())

    def minimax(self, pulls: float | np.ndarray) -> np.ndarray:
        """√((K − 1) T) / 27 per unit of deviation: what T pulls cost every policy on some Gaussian instance.

        For pay of 0 or 1 the deviation counts as 1/2, the largest there is.
        """
        deviation = 0.5 if self.deviation is None else self.deviation
        return deviation * np.sqrt((len(self.means) - 1) * np.asarray(pulls, dtype=float)) / 27

    def ucb1_bound(self, pulls: float | np.ndarray) -> np.ndarray:
        """Σ 8 ln T / Δ_k + (1 + π² / 3) Σ Δ_k: what UCB1 loses in T pulls at most, on average.

        Raises:
            BadOption: for Gaussian pay, which does not lie in [0, 1].
        """
        if self.deviation is not None:
            raise BadOption(f"deviation={self.deviation!r}", where="ucb1_bound", expected="pay in [0, 1]")
        worse = self.gaps[self.gaps > 0]
        return 8 * np.log(pulls) * (1 / worse).sum() + (1 + math.pi**2 / 3) * worse.sum()


def bernoulli_divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """KL(p, q) = p ln(p / q) + (1 − p) ln((1 − p) / (1 − q)) of Bernoulli laws, elementwise, in nats; 0 ln 0 = 0."""
    p, q = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(q, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        one = np.where(p > 0, p * np.log(p / q), 0.0)
        other = np.where(p < 1, (1 - p) * np.log((1 - p) / (1 - q)), 0.0)
    return one + other
