"""Over-optimisation curves: what becomes of the gold reward while a proxy is optimised.

    d = √KL(π ‖ π_ref);    R(d) = d (a − b log d)  or  d (a − b d);    loss = max_d gold − gold at the end

Along a path of ever stronger optimisation the proxy rises; the gold reward rises with it, peaks, and falls where the
proxy's errors are all that is left to gain. The peak, and what is lost behind it, say how far a proxy can be trusted.

Source: Gao, Schulman, Hilton, "Scaling Laws for Reward Model Overoptimization", ICML 2023, Sections 2 and 3; Coste,
Anwar, Kirk, Krueger, "Reward Model Ensembles Help Mitigate Overoptimization", ICLR 2024, Section 4 (the loss);
Rafailov, Chittepu, Park, Sikchi, Hejna, Knox, Finn, Niekum, "Scaling Laws for Reward Model Overoptimization in Direct
Alignment Algorithms", NeurIPS 2024, Equation 7 (the law for direct methods).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import best_of, best_of_divergence, divergence, expected, tilted


@dataclass(frozen=True)
class Curve:
    """A path of ever stronger optimisation.

    Attributes:
        kl: [D] mean divergence from the reference, in nats, ascending.
        proxy: [D] the mean proxy reward.
        gold: [D] the mean gold reward.
    """

    kl: np.ndarray
    proxy: np.ndarray
    gold: np.ndarray

    @property
    def peak(self) -> float:
        """The largest gold reward on the path."""
        return float(self.gold.max())

    @property
    def peak_kl(self) -> float:
        """Where it is reached, in nats."""
        return float(self.kl[self.gold.argmax()])

    @property
    def over_optimisation(self) -> float:
        """The gold reward that is lost behind the peak: max − end."""
        return float(self.gold.max() - self.gold[-1])


@dataclass(frozen=True)
class Law:
    """A fitted law R(d) of the gold reward over d = √KL.

    Attributes:
        a, b: its two parameters.
        r_squared: the share of the variance that it explains.
        peak: the d at which it is largest; infinity where it never falls.
        logarithmic: whether it is d (a − b log d) rather than d (a − b d).
    """

    a: float
    b: float
    r_squared: float
    peak: float
    logarithmic: bool

    def __call__(self, d: Any) -> Any:
        """R at d > 0."""
        return d * (self.a - self.b * (np.log(d) if self.logarithmic else np.asarray(d)))


def tilted_curve(reference: np.ndarray, proxy: np.ndarray, gold: np.ndarray, betas: Sequence[float]) -> Curve:
    """The path of KL-regularised optima of tables [P, K], from weak to strong optimisation.

    Args:
        reference: [P, K] the policy to stay near.
        proxy: [P, K] what is optimised.
        gold: [P, K] what is wanted.
        betas: the prices of divergence, in any order.
    """
    return _curve([tilted(reference, proxy, b) for b in sorted(betas, reverse=True)], reference, proxy, gold)


def best_of_curve(reference: np.ndarray, proxy: np.ndarray, gold: np.ndarray, ns: Sequence[float]) -> Curve:
    """The path of best-of-n by the proxy on tables [P, K]; n in any order."""
    return _curve([best_of(reference, proxy, n) for n in sorted(ns)], reference, proxy, gold)


def pool_curve(proxy: np.ndarray, gold: np.ndarray, ns: Sequence[int]) -> Curve:
    """Best-of-n from one pool of N samples for each prompt, without bias.

        E[gold of the best of n] = Σ_i C(i − 1, n − 1) / C(N, n) gold_(i),    i the rank by the proxy

    Args:
        proxy: [..., N] of N independent samples.
        gold: [..., N].
        ns: 1 <= n <= N.

    Returns:
        The curve, with log n − (n − 1) / n as its divergence.

    Raises:
        BadOption: for an n outside 1..N.
    """
    N = proxy.shape[-1]
    if not ns or not all(1 <= n <= N for n in ns):
        raise BadOption(f"ns={list(ns)[:6]}", where="pool_curve", expected=f"numbers in 1..{N}, the size of the pool")
    order = np.argsort(proxy, axis=-1, kind="stable")
    ranked = [np.take_along_axis(x, order, -1) for x in (proxy, gold)]
    rank = np.arange(1, N + 1)
    found = []
    for n in sorted(ns):
        with np.errstate(invalid="ignore"):
            log = gammaln(rank) - gammaln(n) - gammaln(rank - n + 1)
        weight = np.where(rank >= n, np.exp(log - _log_choose(N, n)), 0.0)
        found.append((best_of_divergence(n), *(float((x * weight).sum(-1).mean()) for x in ranked)))
    kl, p, g = np.array(found).T
    return Curve(kl, p, g)


def fit_law(d: np.ndarray, gold: np.ndarray, *, logarithmic: bool = True) -> Law:
    """The law that fits gold rewards [D] over d = √KL [D] best, by least squares; the gold reward is 0 at d = 0.

    Raises:
        BadOption: for fewer than three points, or a d that is not positive.
    """
    d, gold = np.asarray(d, dtype=np.float64), np.asarray(gold, dtype=np.float64)
    if d.shape != gold.shape or len(d) < 3 or not (d > 0).all():
        raise BadOption(f"{d.shape} distances", where="fit_law", expected="at least three, above 0, one for each gold")
    columns = np.stack([d, -d * (np.log(d) if logarithmic else d)], axis=1)
    (a, b), *_ = np.linalg.lstsq(columns, gold, rcond=None)
    rest = float(((columns @ (a, b) - gold) ** 2).sum())
    spread = float(((gold - gold.mean()) ** 2).sum())
    peak = math.inf if b <= 0 else math.exp(min(a / b - 1.0, 700.0)) if logarithmic else max(a / (2.0 * b), 0.0)
    return Law(float(a), float(b), 1.0 - rest / max(spread, 1e-300), peak, logarithmic)


def _curve(path: list[np.ndarray], reference: np.ndarray, proxy: np.ndarray, gold: np.ndarray) -> Curve:
    means = [[x.mean() for x in (divergence(p, reference), expected(p, proxy), expected(p, gold))] for p in path]
    kl, p, g = np.array(means).T
    return Curve(kl, p, g)


def _log_choose(n: int, k: int) -> float:
    return float(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
