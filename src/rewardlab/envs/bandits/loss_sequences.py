"""Sequences of loss vectors: what an adversary, chance, or both together do in T rounds.

    s_t = (1 − spread) m_t + spread z_t,    z_t independent with mean 0,    all of length at most 1
    σ² = Σ_t E|spread z_t|²,    Σ² = Σ_t |(1 − spread) (m_t − m_{t−1})|²

The means m_t follow a law; with spread = 0 the sequence is adversarial, with spread = 1 it is chance alone, and in
between it is stochastically extended: its regret can be bounded by σ² and Σ². "Length" is Euclidean, or the largest
number for losses of experts, which are then shown as (1 + s) / 2 in [0, 1].

Source: Sachs, Hadiji, van Erven, Guzmán, "Between Stochastic and Adversarial Online Convex Optimization: Improved
Regret Bounds via Smoothness", NeurIPS 2022 (σ² and Σ²).
"""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.bandits.ground import demand

ADAPTIVE = "adaptive"
"""The law that is no table: each loss answers the play of its round."""


def fixed(rng: np.random.Generator, rounds: int, dimension: int, experts: bool) -> np.ndarray:
    """One vector in all rounds."""
    return np.tile(direction(rng, dimension, experts), (rounds, 1))


def zero(rng: np.random.Generator, rounds: int, dimension: int, experts: bool) -> np.ndarray:
    """Nothing but chance, if `spread` is above 0."""
    return np.zeros((rounds, dimension))


def rotating(
    rng: np.random.Generator, rounds: int, dimension: int, experts: bool, *, period: float = 250.0
) -> np.ndarray:
    """A vector that turns in a random plane, once in `period` rounds; experts are best in turn, evenly spread."""
    demand(period > 0, f"period={period!r}", where="rotating", expected="a number of rounds above 0")
    angle = 2 * np.pi * np.arange(rounds)[:, None] / period
    if experts:
        return np.cos(angle + 2 * np.pi * rng.permutation(dimension) / dimension)
    v = direction(rng, dimension, False)
    w = direction(rng, dimension, False)
    w = w - (w @ v) * v
    size = np.linalg.norm(w)
    w = w / size if size > 1e-12 else np.zeros(dimension)
    return np.cos(angle) * v + np.sin(angle) * w


def switching(rng: np.random.Generator, rounds: int, dimension: int, experts: bool, *, switches: int = 4) -> np.ndarray:
    """A new vector after each of `switches` equal stretches."""
    demand(0 <= switches < rounds, f"switches={switches!r}", where="switching", expected=f"0..{rounds - 1}")
    vectors = np.stack([direction(rng, dimension, experts) for _ in range(switches + 1)])
    return vectors[np.arange(rounds) * (switches + 1) // rounds]


def alternating(rng: np.random.Generator, rounds: int, dimension: int, experts: bool) -> np.ndarray:
    """Half a vector, then that vector against itself in turn: whoever follows the leader is wrong in every round.

    Of experts, the first two take turns and the others always lose.
    """
    sign = np.where(np.arange(rounds) % 2, -1.0, 1.0)
    sign[0] = 0.5
    if not experts:
        return sign[:, None] * direction(rng, dimension, False)
    s = np.ones((rounds, dimension))
    s[:, 0], s[:, 1] = sign, -sign
    s[0, :2] = 0.0, -1.0
    return s


def drifting(
    rng: np.random.Generator, rounds: int, dimension: int, experts: bool, *, speed: float = 0.05
) -> np.ndarray:
    """A random walk on the sphere, or of each expert in [−1, 1], with steps of about `speed`."""
    demand(speed >= 0, f"speed={speed!r}", where="drifting", expected="a number >= 0")
    here, out = direction(rng, dimension, experts), np.empty((rounds, dimension))
    steps = speed * rng.normal(size=(rounds, dimension)) / (1.0 if experts else math.sqrt(dimension))
    for t in range(rounds):
        out[t] = here
        here = here + steps[t]
        here = np.clip(here, -1.0, 1.0) if experts else here / np.linalg.norm(here)
    return out


LAWS: Mapping[str, Callable[..., np.ndarray]] = {
    f.__name__: f for f in (fixed, zero, rotating, switching, alternating, drifting)
}
"""Name of a law -> the function that makes its means [T, d]."""


def direction(rng: np.random.Generator, dimension: int, experts: bool) -> np.ndarray:
    """[d] uniform on the unit sphere; of experts, each uniform in [−1, 1]."""
    if experts:
        return rng.uniform(-1.0, 1.0, dimension)
    x = rng.normal(size=dimension)
    return x / np.linalg.norm(x)


def sequences(
    law: str,
    options: Mapping[str, Any] | None,
    *,
    count: int,
    rounds: int,
    dimension: int,
    experts: bool,
    spread: float,
    instance: int,
    where: str,
) -> tuple[np.ndarray, np.ndarray]:
    """The vectors s and their means (1 − spread) m, both [M, T, d].

    Args:
        law: a name of `LAWS`.
        options: of the law.
        count: M, sequences that differ in what is drawn.
        rounds: T.
        dimension: d.
        experts: whether the length of a vector is its largest number; chance is then ±1 for each, else on the sphere.
        spread: share of chance, 0..1.
        instance: seed.
        where: who asks, for messages.

    Raises:
        BadOption: for a law or an option that there is not, or a spread outside [0, 1].
    """
    check_law(law, options, where=where)
    demand(0 <= spread <= 1, f"spread={spread!r}", where=where, expected="a share, 0..1")
    means, noise = [], []
    for i in range(count):
        rng = np.random.default_rng([instance, i])
        means.append((1.0 - spread) * LAWS[law](rng, rounds, dimension, experts, **(options or {})))
        z = rng.normal(size=(rounds, dimension))
        noise.append(np.sign(z) if experts else z / np.linalg.norm(z, axis=1, keepdims=True))
    mean = np.stack(means)
    return mean + spread * np.stack(noise), mean


def check_law(law: str, options: Mapping[str, Any] | None, *, where: str, adaptive: bool = False) -> None:
    """Raises BadOption for a law or an option that there is not; "adaptive" has none and passes only if asked for."""
    names = (*LAWS, ADAPTIVE) if adaptive else tuple(LAWS)
    if law not in names:
        expected = f"one of {', '.join(names)}"
        raise BadOption(f"sequence={law!r}", where=where, expected=expected, mend=nearest(str(law), names))
    given = [] if law == ADAPTIVE else list(inspect.signature(LAWS[law]).parameters)[4:]
    for name in options or {}:
        demand(
            name in given, f"option {name!r} of the sequence {law!r}", where=where,
            expected=f"one of {', '.join(given)}" if given else "no options",
        )  # fmt: skip


def measures(mean: np.ndarray, *, experts: bool, spread: float) -> tuple[float, np.ndarray]:
    """σ², and Σ² [M], of vectors s with means [M, T, d]; the first mean counts as the change from nothing."""
    rounds, dimension = mean.shape[1:]
    change = np.diff(mean, axis=1, prepend=0.0)
    return rounds * spread**2 * (dimension if experts else 1), (change**2).sum((1, 2))
