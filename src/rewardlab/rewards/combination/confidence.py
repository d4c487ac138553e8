"""Upper confidence bounds on a mean: one-sided, from n independent samples.

    Student          m + s t_{1−δ, n−1} / √n                                  exact for normal samples
    Hoeffding        m + (high − low) √(ln(1/δ) / 2n)                         for samples in [low, high]
    Bernstein        m + √(2 s² ln(2/δ) / n) + 7 (high − low) ln(2/δ) / 3(n − 1)    the same, with the sample's variance
    Clopper-Pearson  the (1 − δ)-quantile of Beta(k + 1, n − k)               for k ones among n samples 0 or 1

Each is at least the true mean with probability 1 − δ. Samples are [..., n], the last axis is summed away. The second
and third are by Hoeffding (1963) and by Maurer and Pontil (COLT 2009, Theorem 4), the fourth by Clopper and Pearson
(Biometrika 1934).
"""

import math

import numpy as np
from scipy import stats

from rewardlab.core.arrays import Array, array
from rewardlab.core.errors import BadBatch, BadOption


def student_t(samples: Array, delta: float) -> np.ndarray:
    """The bound [...] for samples [..., n], n >= 2, that are about normal.

    Raises:
        BadOption: for a delta outside (0, 1).
        BadBatch: for too few samples, NaN or infinity.
    """
    x = _samples(samples, delta, 2)
    n = x.shape[-1]
    return np.asarray(x.mean(-1) + x.std(-1, ddof=1) / math.sqrt(n) * float(stats.t.ppf(1 - delta, n - 1)))


def hoeffding(samples: Array, delta: float, *, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """The bound [...] for samples [..., n] in [low, high].

    Raises:
        BadOption: for a delta outside (0, 1).
        BadBatch: for samples outside [low, high].
    """
    x = _within(_samples(samples, delta, 1), low, high)
    return np.asarray(x.mean(-1) + (high - low) * math.sqrt(math.log(1 / delta) / (2 * x.shape[-1])))


def empirical_bernstein(samples: Array, delta: float, *, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """The bound [...] for samples [..., n], n >= 2, in [low, high]; tighter than Hoeffding's where they vary little.

    Raises:
        BadOption: for a delta outside (0, 1).
        BadBatch: for too few samples, or samples outside [low, high].
    """
    x = _within(_samples(samples, delta, 2), low, high)
    n, log = x.shape[-1], math.log(2 / delta)
    width = np.sqrt(2 * x.var(-1, ddof=1) * log / n) + 7 * (high - low) * log / (3 * (n - 1))
    return np.asarray(x.mean(-1) + width)


def clopper_pearson(samples: Array, delta: float) -> np.ndarray:
    """The bound [...] for samples [..., n] that are 0 or 1.

    Raises:
        BadOption: for a delta outside (0, 1).
        BadBatch: for other samples.
    """
    x = _samples(samples, delta, 1)
    if not ((x == 0) | (x == 1)).all():
        raise BadBatch("samples other than 0 and 1", where="clopper_pearson", expected="flags")
    n, ones = x.shape[-1], x.sum(-1)
    return np.asarray(np.where(ones < n, stats.beta.ppf(1 - delta, ones + 1, np.maximum(n - ones, 1)), 1.0))


def _samples(samples: Array, delta: float, least: int) -> np.ndarray:
    x = np.asarray(array(samples), dtype=np.float64)
    if not (isinstance(delta, (int, float)) and 0 < delta < 1):
        raise BadOption(f"delta={delta!r}", where="confidence bound", expected="a probability in (0, 1)", mend="0.1")
    if not x.ndim or x.shape[-1] < least or not np.isfinite(x).all():
        raise BadBatch(
            f"samples of shape {x.shape}", where="confidence bound", expected=f"[..., n], n >= {least}, finite"
        )
    return x


def _within(x: np.ndarray, low: float, high: float) -> np.ndarray:
    if x.size and (x.min() < low or x.max() > high):
        raise BadBatch(
            f"samples from {x.min():g} to {x.max():g}", where="confidence bound", expected=f"within [{low:g}, {high:g}]"
        )
    return x
