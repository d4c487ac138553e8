"""Laws of pay: what one pull of an arm with a known mean pays, and the table of one who knows all means."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams

_FARTHEST = 8.6  # standard deviations: 53 random bits give no normal number beyond √(106 ln 2) = 8.58
_LEAST = 2.0**-53  # the smallest number above 0 that a uniform draw has
TAILS = ("normal", "student", "pareto")


@dataclass(frozen=True)
class Pay:
    """Pay around a mean: r = μ + σ ε, or 1 with probability μ and else 0.

    Args:
        deviation: σ >= 0, the scale of ε; None for pay of 0 or 1.
        tail: the law of ε: "normal" for N(0, 1); "student" for t with `index` degrees of freedom; "pareto" for a
            random sign and P(|ε| > x) = (1 + x)^−index.
        index: of heavy tails, above 1: moments below it are finite, all others infinite.
        where: who asks, for messages.

    Raises:
        BadOption: for a deviation below 0 or not finite, an unknown tail, an index of 1 or less, or a heavy tail
            without a deviation.
    """

    deviation: float | None = 1.0
    tail: str = "normal"
    index: float = 2.5
    where: str = "Pay"

    def __post_init__(self) -> None:
        given = self.deviation
        if given is not None and not 0.0 <= given < math.inf:
            raise self._bad(f"deviation={given!r}", "a finite number >= 0, or None for Bernoulli pay")
        if self.tail not in TAILS:
            raise self._bad(f"tail={self.tail!r}", f"one of {', '.join(TAILS)}", nearest(str(self.tail), TAILS))
        if not 1.0 < self.index < math.inf:
            raise self._bad(f"index={self.index!r}", "a finite number above 1, so that there is a mean")
        if given is None and self.tail != "normal":
            raise self._bad(f"tail={self.tail!r} with deviation=None", "a deviation: Bernoulli pay has no tails")

    def draw(self, mean: Array, rng: Streams) -> Array:
        """Pay [N] of pulls whose means are `mean` [N]."""
        xp = rng.xp
        if self.deviation is None:
            return xp.astype(rng.uniform() < mean, xp.float64)
        return mean + self.deviation * self._noise(rng)

    def _noise(self, rng: Streams) -> Array:
        xp = rng.xp
        if self.tail == "normal":
            return rng.normal()
        u = 1.0 - rng.uniform()  # (0, 1]
        if self.tail == "pareto":
            size = u ** (-1.0 / self.index) - 1.0
            return xp.where(rng.bits() < 0, -size, size)
        # Bailey, "Polar Generation of Random Variates with the t-Distribution", 1994: Box and Muller's way to t.
        radius = xp.sqrt(self.index * (u ** (-2.0 / self.index) - 1.0))
        return radius * xp.cos(2.0 * math.pi * rng.uniform())

    @property
    def farthest(self) -> float:
        """No pay lies farther from its mean."""
        if self.deviation is None:
            return 1.0
        if self.tail == "normal":
            return _FARTHEST * self.deviation
        if self.tail == "pareto":
            return self.deviation * _LEAST ** (-1.0 / self.index)
        return self.deviation * math.sqrt(self.index) * _LEAST ** (-1.0 / self.index)

    def moment(self, order: float) -> float:
        """E|r − μ|^order; infinite where the tail has none. Bernoulli pay has moments that depend on its mean.

        Raises:
            BadOption: for Bernoulli pay, or an order that is not above 0.
        """
        p, a, g = order, self.index, math.gamma
        if self.deviation is None or not order > 0:
            raise self._bad(f"order={order!r}", "a number above 0, and pay with a deviation")
        if self.tail == "normal":
            size = 2 ** (p / 2) * g((p + 1) / 2) / math.sqrt(math.pi)
        elif p >= a:
            return math.inf if self.deviation else 0.0
        elif self.tail == "student":
            size = a ** (p / 2) * g((p + 1) / 2) * g((a - p) / 2) / (math.sqrt(math.pi) * g(a / 2))
        else:
            size = g(a - p) * g(1 + p) / g(a)
        return float(self.deviation**p * size)

    def check_means(self, means: np.ndarray, given: Any) -> None:
        """Raises BadOption for means that no such pay can have."""
        if not np.isfinite(means).all():
            raise self._bad(f"means={given}", "finite numbers")
        if self.deviation is None and not ((means >= 0) & (means <= 1)).all():
            raise self._bad(
                f"means={given} for Bernoulli pay", "numbers in [0, 1]", "give a deviation for Gaussian pay"
            )

    def reach(self, means: np.ndarray) -> tuple[float, float]:
        """Round bounds of a pay that hold surely, and do not tell which arms there are."""
        if self.deviation is None:
            return 0.0, 1.0
        reach = max(1, math.ceil(np.abs(means).max() + self.farthest))
        return -float(reach), float(reach)

    def __str__(self) -> str:
        if self.deviation is None:
            return "1 with the arm's mean as probability, else 0"
        if self.tail == "normal":
            return f"a normal number with the arm's mean and standard deviation {self.deviation:g}"
        name = "Student's t with" if self.tail == "student" else "a sign and a Pareto size with"
        return f"the arm's mean and {self.deviation:g} times {name} tail index {self.index:g}"

    def _bad(self, what: str, expected: str, mend: str = "") -> BadOption:
        return BadOption(what, where=self.where, expected=expected, mend=mend)


def clockwork(pay: np.ndarray) -> Any:
    """The exact `TabularMDP` of who knows the means `pay` [T, K]: the state is how often was pulled, 0..T; γ = 1."""
    from scipy import sparse

    from rewardlab.core.mdp import TabularMDP

    pulls, arms = pay.shape
    states = pulls + 1
    after = np.minimum(np.repeat(np.arange(states), arms) + 1, pulls)
    P = sparse.csr_array((np.ones(len(after)), after, np.arange(len(after) + 1)), shape=(len(after), states))
    R = np.concatenate([pay, pay[-1:]])
    return TabularMDP(P, R, gamma=1.0, initial=0, terminal=np.arange(states) == pulls)


def check_arms(arms: int, pulls: int, where: str) -> None:
    """Raises BadOption for fewer than two arms, or no pull."""
    if arms < 2:
        raise BadOption(f"{arms} arms", where=where, expected="at least 2")
    if pulls < 1:
        raise BadOption(f"pulls={pulls!r}", where=where, expected="at least 1")
