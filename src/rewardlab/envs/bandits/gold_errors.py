"""The laws by which proxies err about their gold; the fields of each are its options."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, namespace, tensor
from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.bandits.gold_base import Draw, Errors, demand, largest


@dataclass(frozen=True)
class _Members(Errors):
    members: int = 5
    s: float = 1.5

    def __post_init__(self) -> None:
        demand(self.members >= 1 and self.s >= 0, self, "members >= 1 and s >= 0")

    @property
    def size(self) -> int:  # type: ignore[override]
        """1 + k."""
        return 1 + self.members

    def gold(self, z: Array) -> Array:
        return z[..., 0]

    def proxies(self, z: Array) -> Array:
        return z[..., :1] + self.s * z[..., 1:]


@dataclass(frozen=True)
class Gaussian(_Members):
    """q_j = g + s ε_j with ε_j ~ N(0, 1), and g ~ N(0, 1) itself; z = (g, ε_1 .. ε_k)."""

    spread: ClassVar[float | None] = 0.0

    def best_of(self, n: int, *, members: int = 1) -> float:
        """Expected gold of the best of n by the mean of so many proxies: E[max of n normals] / √(1 + s²/members)."""
        return largest(n) / math.sqrt(1.0 + self.s**2 / members)


@dataclass(frozen=True)
class Student(_Members):
    """q_j = g + s t_j with t_j of 2 degrees of freedom: the largest proxies are errors. z = (g, t_1 .. t_k)."""

    s: float = 1.0
    reach: ClassVar[float] = 2e9

    def base(self, normal: Draw, uniform: Draw, shape: tuple[int, ...]) -> Array:
        z = normal((*shape, self.size))
        u = uniform((*shape, self.members))
        xp = namespace(z)
        # t = N / √(χ²/2), and χ²/2 of 2 degrees of freedom is exponential; u = 0 would divide by 0.
        scale = xp.sqrt(-xp.log(xp.clip(1.0 - u, max=1.0 - 2.0**-53)))
        return xp.concat([z[..., :1], z[..., 1:] / scale], axis=-1)


@dataclass(frozen=True)
class Upper(Errors):
    """Two proxies q_i ~ N(0, 1) that overrate in their upper tail: h_i = q_i − s max(q_i − above, 0)² ε_i².

    The gold is h_1 + h_2, the sum of the true properties; both proxies are paid. z = (q_1, q_2, ε_1, ε_2).
    """

    s: float = 1.0
    above: float = 1.0
    size: ClassVar[int] = 4

    def __post_init__(self) -> None:
        demand(self.s >= 0, self, "s >= 0")

    def gold(self, z: Array) -> Array:
        return self.properties(z).sum(-1)

    def proxies(self, z: Array) -> Array:
        return z[..., :2] + 0.0

    def properties(self, z: Array) -> Array:
        xp = namespace(z)
        beyond = z[..., :2] - self.above
        beyond = xp.where(beyond > 0, beyond, xp.zeros_like(beyond))
        return z[..., :2] - self.s * (beyond * z[..., 2:]) ** 2

    @property
    def weights(self) -> tuple[float, ...]:
        return (1.0, 1.0)


@dataclass(frozen=True)
class Shortcut(Errors):
    """q_j = a_j g + b_j f: a feature f that the gold knows nothing of; g ~ N(0, v), f ~ N(0, w). z = (g/√v, f/√w).

    `gain` is a v √(2 KL / (a² v + b² w)).
    """

    a: float | Sequence[float] = 1.0
    b: float | Sequence[float] = 1.0
    v: float = 1.0
    w: float = 1.0
    size: ClassVar[int] = 2
    spread: ClassVar[float | None] = 0.0

    def __post_init__(self) -> None:
        demand(self.v > 0 and self.w > 0, self, "variances above 0")
        a, b = np.atleast_1d(self.a), np.atleast_1d(self.b)
        agree = a.ndim == b.ndim == 1 and (len(a) == len(b) or 1 in (len(a), len(b)))
        demand(agree, self, "as many a as b, or one of either")

    def gold(self, z: Array) -> Array:
        return math.sqrt(self.v) * z[..., 0]

    def proxies(self, z: Array) -> Array:
        a, b = np.broadcast_arrays(np.atleast_1d(self.a), np.atleast_1d(self.b))
        told = [
            float(x) * math.sqrt(self.v) * z[..., 0] + float(y) * math.sqrt(self.w) * z[..., 1]
            for x, y in zip(a, b, strict=True)
        ]
        return namespace(z).stack(told, axis=-1)


@dataclass(frozen=True)
class Hack(Errors):
    """q = g + s ε, but for planted responses that look excellent and are bad: exactly so many of each prompt."""

    s: float = 0.5
    planted: int = 2
    looks: float = 8.0
    worth: float = -2.0
    size: ClassVar[int] = 2

    def __post_init__(self) -> None:
        demand(self.s > 0 and self.planted >= 0, self, "s > 0 and planted >= 0")

    def gold(self, z: Array) -> Array:
        return z[..., 0]

    def proxies(self, z: Array) -> Array:
        return z[..., :1] + self.s * z[..., 1:]

    def plant(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Write the planted responses into vectors [P, K, d]; returns where they stand, [P, K] bool."""
        where = rng.random(z.shape[:2]).argsort(1).argsort(1) < self.planted
        z[where] = (self.worth, (self.looks - self.worth) / self.s)
        return where


@dataclass(frozen=True)
class Two(Errors):
    """Two proxies of correlation ρ, both paid; the gold −(q_1 − 1)² − (q_2 − 0.8)² has a peak that their sum passes."""

    rho: float = 0.5
    peak: Sequence[float] = (1.0, 0.8)
    size: ClassVar[int] = 2
    spread: ClassVar[float | None] = -2.0

    def __post_init__(self) -> None:
        demand(-1 <= self.rho <= 1 and len(self.peak) == 2, self, "rho in [-1, 1] and a peak of two numbers")

    def gold(self, z: Array) -> Array:
        q = self.proxies(z)
        return -((q[..., 0] - self.peak[0]) ** 2) - (q[..., 1] - self.peak[1]) ** 2

    def proxies(self, z: Array) -> Array:
        other = self.rho * z[..., 0] + math.sqrt(1.0 - self.rho**2) * z[..., 1]
        return namespace(z).stack([z[..., 0], other], axis=-1)

    @property
    def weights(self) -> tuple[float, ...]:
        return (1.0, 1.0)


@dataclass(frozen=True)
class Linear(Errors):
    """g = a · z − c |z|²/2 with the proxy u · z; |a| = `slope`, and `cosine` is that between a and the unit vector u.

    With d = √KL, `gain` is √2 d (a · u) − c d²: it peaks at d = a · u / (√2 c).
    """

    slope: float = 2.0
    cosine: float = 0.8
    c: float = 0.5
    dimension: int = 8

    def __post_init__(self) -> None:
        demand(-1 <= self.cosine <= 1 and self.c >= 0 and self.dimension >= 2, self, "|cosine| <= 1, c >= 0, d >= 2")

    @property
    def size(self) -> int:  # type: ignore[override]
        """The dimension."""
        return self.dimension

    @property
    def spread(self) -> float:  # type: ignore[override]
        """−c d/2, what the noise of a policy costs."""
        return -0.5 * self.c * self.dimension

    def gold(self, z: Array) -> Array:
        across = math.sqrt(1.0 - self.cosine**2)
        return self.slope * (self.cosine * z[..., 0] + across * z[..., 1]) - 0.5 * self.c * (z * z).sum(-1)

    def proxies(self, z: Array) -> Array:
        return z[..., :1] + 0.0


@dataclass(frozen=True)
class Middling(Errors):
    """q = f_1 + c tanh(f_2) exp(−(f_1/0.6)²), g = f_1: extremes are told truly, and what lies between is not."""

    c: float = 1.0
    size: ClassVar[int] = 2

    def gold(self, z: Array) -> Array:
        return z[..., 0]

    def proxies(self, z: Array) -> Array:
        xp = namespace(z)
        f, g = z[..., :1], z[..., 1:]
        return f + self.c * xp.tanh(g) * xp.exp(-((f / 0.6) ** 2))


@dataclass(frozen=True)
class Net(Errors):
    """The gold is a network of `hidden` units drawn by `seed`, brought to mean 0 and variance 1; q_j = g + s ε_j.

    z = (`dimension` features, ε_1 .. ε_k): who learns a proxy from the features finds them in front.
    """

    dimension: int = 32
    hidden: int = 16
    members: int = 1
    s: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        demand(min(self.dimension, self.hidden, self.members) >= 1 and self.s >= 0, self, "sizes >= 1 and s >= 0")
        rng = np.random.default_rng(self.seed)
        own = rng.normal(size=(self.dimension, self.hidden)) * (2.0 / math.sqrt(self.dimension))
        out = rng.normal(size=self.hidden)
        seen = np.tanh(rng.normal(size=(20_000, self.dimension)) @ own) @ out
        object.__setattr__(self, "_weights", (own, out / seen.std(), float(seen.mean() / seen.std())))

    @property
    def size(self) -> int:  # type: ignore[override]
        """Features and errors."""
        return self.dimension + self.members

    def gold(self, z: Array) -> Array:
        own, out, mean = self._weights  # type: ignore[attr-defined]
        xp = namespace(z)
        if xp is not np:
            own, out = tensor(own, like=z), tensor(out, like=z)
        return xp.tanh(z[..., : self.dimension] @ own) @ out - mean

    def proxies(self, z: Array) -> Array:
        return self.gold(z)[..., None] + self.s * z[..., self.dimension :]


KINDS: Mapping[str, type[Errors]] = {
    "gaussian": Gaussian,
    "student": Student,
    "upper": Upper,
    "shortcut": Shortcut,
    "hack": Hack,
    "two": Two,
    "linear": Linear,
    "middling": Middling,
    "net": Net,
}
"""Name of a law of errors -> its class."""


def errors_of(name: str, options: Mapping[str, Any] | None, *, where: str) -> Any:
    """The law of that name with these options.

    Raises:
        BadOption: for a name or an option that does not exist, or a value outside its range.
    """
    if name not in KINDS:
        raise BadOption(
            f"errors={name!r}", where=where, expected=f"one of {', '.join(KINDS)}", mend=nearest(name, KINDS)
        )
    known = [f.name for f in fields(KINDS[name])]  # type: ignore[arg-type]
    for key in options or {}:
        if key not in known:
            raise BadOption(
                f"{key!r} with errors={name!r}",
                where=where,
                expected=f"options of this law: {', '.join(known)}",
                mend=nearest(key, known),
            )
    return KINDS[name](**(options or {}))
