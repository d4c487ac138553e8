"""What a proxy and its gold are: the ground that all laws of errors stand on.

A response is a vector z from a base law, mostly N(0, I); the gold g(z) and the proxies q_j(z) are functions of it, so
that tables, fresh draws and shifted policies speak of the same thing. Written for NumPy and torch.
"""

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption

Draw = Callable[[tuple[int, ...]], Array]
"""Shape of one row -> numbers, from a generator or from streams."""


class Errors:
    """How proxies err; the fields of its dataclasses are the options of the law.

    Attributes:
        size: d, the length of a response's vector.
        reach: no number in such a vector is farther from 0.
        spread: E[g(μ + N(0, I))] − g(μ), where that is one number for all μ and the proxies are linear; else None.
    """

    size: ClassVar[int]
    reach: ClassVar[float] = 9.0  # 53 random bits give no normal number beyond 8.6
    spread: ClassVar[float | None] = None

    def base(self, normal: Draw, uniform: Draw, shape: tuple[int, ...]) -> Array:
        """Vectors [..., *shape, d] of the base law."""
        return normal((*shape, self.size))

    def gold(self, z: Array) -> Array:
        """The true reward [...] of vectors [..., d]."""
        raise NotImplementedError

    def proxies(self, z: Array) -> Array:
        """What the k proxies say [..., k] of vectors [..., d]."""
        raise NotImplementedError

    def properties(self, z: Array) -> Array | None:
        """The true properties [..., k] of which the proxies are proxies, where these differ."""
        return None

    @property
    def weights(self) -> tuple[float, ...]:
        """[k] what each proxy is worth in what is paid: the first alone, unless the law says otherwise."""
        return (1.0, *[0.0] * (self.count - 1))

    @property
    def count(self) -> int:
        """k, the number of proxies."""
        return int(self.proxies(np.zeros((1, self.size))).shape[-1])

    def gradient(self, weights: Any = None) -> np.ndarray:
        """[d] of what is paid, where the proxies are linear.

        Raises:
            BadOption: where they are not.
        """
        if self.spread is None:
            raise BadOption(
                f"proxies with {type(self).__name__} errors are not linear, or their gold is no quadratic",
                where="GoldProxy",
                expected='errors that are "gaussian", "linear", "shortcut" or "two"',
            )
        return self.proxies(np.eye(self.size)) @ np.asarray(self.weights if weights is None else weights)

    def gain(self, kl: Any, weights: Any = None) -> np.ndarray:
        """Expected gold [...] beyond that of the base law, of the policy that pays most at a divergence `kl` [...].

        That policy is N(m u, I) with m = √(2 KL) and u the direction of `gradient`.

        Args:
            kl: divergence from the base law in nats, >= 0.
            weights: [k] what each proxy is worth, None for the law's own.
        """
        ahead = self.gradient(weights)
        mean = np.sqrt(2.0 * np.asarray(kl, dtype=np.float64))[..., None] * (ahead / np.linalg.norm(ahead))
        return self.gold(mean) - self.gold(np.zeros(self.size))


def largest(n: int) -> float:
    """E[the largest of n standard normal numbers], by the trapezoid rule on 20,001 points.

    Raises:
        BadOption: for n < 1.
    """
    if not n >= 1:
        raise BadOption(f"n={n!r}", where="largest", expected="at least 1")
    from scipy.special import log_ndtr

    x = np.linspace(-12.0, 12.0, 20_001)
    density = n * np.exp((n - 1) * log_ndtr(x) - 0.5 * x * x) / math.sqrt(2.0 * math.pi)
    return float(np.trapezoid(x * density, x))


def demand(holds: Any, law: Errors, expected: str) -> None:
    """Raises BadOption, naming the law with its options, where something does not hold."""
    if not holds:
        raise BadOption(f"{law!r}", where="GoldProxy", expected=expected)
