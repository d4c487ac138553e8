"""How fast regret grows: a constant before the logarithm, or an exponent, with an interval over runs.

    regret ≈ a + c ln t      c by least squares over the late part of the curve
    regret ≈ a t^b           b as the slope of ln(mean regret) over ln t

The interval is a bootstrap of whole runs, so that it holds what the points of one run have in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rewardlab.core.errors import BadOption

Kind = Literal["logarithm", "exponent"]


@dataclass(frozen=True)
class Rate:
    """A fitted rate.

    Attributes:
        kind: "logarithm" (value is c) or "exponent" (value is b).
        value: of the mean curve.
        low: of its 95 % interval.
        high: of its 95 % interval.
    """

    kind: Kind
    value: float
    low: float
    high: float


def fitted(
    kind: Kind, steps: Sequence[float], regret: np.ndarray, *, late: float = 0.1, draws: int = 2000, seed: int = 0
) -> Rate:
    """The rate of mean regret over runs.

    Args:
        kind: which.
        steps: [K] numbers of steps, ascending.
        regret: [K, N] of N runs.
        late: points from this share of the last step on are fitted; three at least.
        draws: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        BadOption: for fewer than three points, other shapes, or an exponent of a curve that is not above 0.
    """
    time, values = np.asarray(steps, dtype=float), np.asarray(regret, dtype=float)
    if values.ndim != 2 or len(values) != len(time) or len(time) < 3:
        raise BadOption(f"regret {values.shape} at {len(time)} steps", where="fitted", expected="[K, N], K at least 3")
    use = np.arange(len(time)) >= min(len(time) - 3, int(np.searchsorted(time, late * time[-1])))
    x = np.log(time[use])
    x = x - x.mean()
    weight = x / (x @ x)  # the slope is a weighted sum
    values = values[use]
    if kind == "exponent" and (values.mean(1) <= 0).any():
        raise BadOption("a mean regret of 0 or less", where="fitted", expected="curves above 0 where exponents are fit")
    n = values.shape[1]
    count = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)  # [draws, N]
    drawn = values @ count.T / n  # [K, draws]
    if kind == "exponent":
        drawn = np.log(np.maximum(drawn, 1e-300))
    low, high = np.quantile(weight @ drawn, (0.025, 0.975))
    mean = values.mean(1)
    return Rate(kind, float(weight @ (np.log(mean) if kind == "exponent" else mean)), float(low), float(high))
