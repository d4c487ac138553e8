"""Where online learners play: the simplex, a ball or a box; projections, and the least of a linear function."""

from typing import Any

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.bandits.ground import dot

DOMAINS = ("simplex", "ball", "box")


def check_domain(name: str, where: str) -> None:
    """Raises BadOption for a domain that there is not."""
    if name not in DOMAINS:
        expected = f"one of {', '.join(DOMAINS)}"
        raise BadOption(f"domain={name!r}", where=where, expected=expected, mend=nearest(str(name), DOMAINS))


def project(x: Array, domain: str, radius: float = 1.0) -> Array:
    """The nearest points [n, d] of the domain to points [n, d].

    Simplex: (x − θ)₊ with θ such that it sums to 1. Ball: x / max(1, |x| / radius). Box: each number to ±radius.

    Args:
        x: points, float64.
        domain: "simplex", "ball" or "box".
        radius: of the ball or the box, above 0.
    """
    xp = namespace(x)
    if domain == "box":
        return xp.clip(x, -radius, radius)
    if domain == "ball":
        size = xp.sqrt(dot(x, x)) / radius
        return x / xp.where(size > 1.0, size, xp.ones_like(size))[:, None]
    falling = -xp.sort(-x, axis=1)
    total = falling[:, 0]
    theta = total - 1.0
    for j in range(1, x.shape[1]):
        total = total + falling[:, j]
        level = (total - 1.0) / (j + 1)
        theta = xp.where(falling[:, j] > level, level, theta)  # true for a first few j, the support
    return xp.clip(x - theta[:, None], 0.0, None)


def least_point(slope: Array, domain: str, radius: float = 1.0) -> Array:
    """A point [n, d] of the domain where slope · x [n, d] is smallest; of equally good vertices the first."""
    xp = namespace(slope)
    if domain == "box":
        return -radius * xp.sign(slope)
    if domain == "ball":
        size = xp.sqrt(dot(slope, slope))[:, None]
        return -radius * slope / xp.where(size > 0, size, xp.ones_like(size))
    return one_hot(xp.argmin(slope, axis=1), slope)


def least(slope: Array, domain: str, radius: float = 1.0) -> Array:
    """min of slope · x over the domain, [n, d] to [n]."""
    xp = namespace(slope)
    if domain == "box":
        return -radius * dot(xp.abs(slope), xp.ones_like(slope))
    if domain == "ball":
        return -radius * xp.sqrt(dot(slope, slope))
    return xp.min(slope, axis=1)


def one_hot(index: Array, like: Array) -> Array:
    """[n] to [n, d] with a 1.0 at the index, in the type of `like` [n, d]."""
    xp = namespace(like)
    places: Any = xp.cumulative_sum(xp.ones_like(like, dtype=index.dtype), axis=1) - 1
    return xp.astype(places == index[:, None], like.dtype)
