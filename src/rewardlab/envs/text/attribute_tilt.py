"""The tilted reference, exactly, also where there are far too many texts to list.

    π_β(y) ∝ π_ref(y) exp(g(y)/β),    log Z(λ) = log Σ_y π_ref(y) exp(λ · a(y)),    E_λ[a_k] = ∂ log Z/∂λ_k,    λ = w/β

The sum runs over texts as the maximum of the best text does: over the last word where neighbours count, over counts
where those count other than linearly. Derivatives are complex steps, exact to the last digits. This is the largest
gold that any policy can have at its divergence from the reference.

Source: Korbak, Perez, Buckley, "RL with KL Penalties Is Better Viewed as Bayesian Inference", EMNLP 2022, Section 4;
Squire, Trapp, "Using Complex Variables to Estimate Derivatives of Real Functions", SIAM Review 1998.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_judge import Judge, Request
from rewardlab.envs.text.attribute_optimum import every, gains, shifted
from rewardlab.envs.text.attributes import weighed

_STEP = 1e-30
_MOST = 200_000


@dataclass(frozen=True, eq=False)
class Tilt:
    """What is known of the tilted reference for one prompt.

    Attributes:
        log_partition: log Z.
        attributes: [A] their expectations.
        gold: the expected gold.
        proxy: the expected proxy.
        cost: the expected cost.
        divergence: from the reference, in nats.
    """

    log_partition: float
    attributes: np.ndarray
    gold: float
    proxy: float
    cost: float
    divergence: float


def tilt(judge: Judge, task: Request, beta: float, *, by: str = "gold") -> Tilt:
    """The reference tilted by what a text is worth.

    Args:
        judge: of the setting.
        task: the prompt.
        beta: how much a nat of divergence costs, above 0.
        by: "gold" or "proxy".

    Raises:
        BadOption: for a beta or a reward that does not exist, or attributes that need too many texts listed.
    """
    if not 0 < beta < math.inf:
        raise BadOption(f"beta={beta!r}", where="tilt", expected="a number above 0", mend="beta=0.1")
    if by not in ("gold", "proxy"):
        raise BadOption(f"by={by!r}", where="tilt", expected="'gold' or 'proxy'")
    of = judge.setting
    gold, proxy = of.gold(task.kind, task.user), of.proxy(task.kind, task.user)
    weights = (gold if by == "gold" else proxy) / beta
    total = log_partition(judge, task, weights)
    means = np.zeros(len(weights))
    for k in range(len(weights)):
        aside = weights.astype(np.complex128)
        aside[k] += 1j * _STEP
        means[k] = log_partition(judge, task, aside).imag / _STEP
    one, two, cost = (float(weighed(means, w)) for w in (gold, proxy, of.vector(of.cost)))
    return Tilt(total.real, means, one, two, cost, float(weighed(means, weights)) - total.real)


def log_partition(judge: Judge, task: Request, weights: np.ndarray) -> complex:
    """log Σ_y π_ref(y) exp(weights · a(y)) for weights [A], real or complex.

    Raises:
        BadOption: where neighbours and curved counts, or beginnings, meet too many texts to list.
    """
    meter, of = judge.meter, judge.setting
    topic = meter.among(task.words)
    weights = np.asarray(weights, dtype=np.complex128)
    used = weights != 0
    paired = meter.paired is not None and bool((meter.paired * used).any())
    curved = [x for x in meter.curved if used[x[0]]]
    if any(used[k] for k in meter.prefixes) or (paired and curved) or (of.length + 1) ** len(curved) > _MOST:
        texts = every(meter, of.least)
        return _log_sum(np.log(judge.reference(texts)) + weighed(meter.measure(texts, topic), weights))
    lengths = np.arange(max(of.least, 1), of.length + 1)
    v = len(of.lexicon.words)
    gain = gains(meter, weights, topic, lengths) + np.log(of.lexicon.law)
    first, last = weighed(meter.first[:v], weights), weighed(meter.last[:v], weights)
    edges = weighed(meter.paired[:v, :v], weights) if paired else None  # type: ignore[index]
    terms = [
        _of_length(row, int(n), first, last, edges, curved, weights) + complex(weighed(meter.long[n], weights))
        for row, n in zip(gain, lengths, strict=True)
    ]
    if of.least == 0:
        empty = np.full((1, of.length), meter.none)
        terms.append(complex(weighed(meter.measure(empty, topic), weights)[0]))
    return _log_sum(np.array(terms)) - math.log(of.length - of.least + 1)


def _of_length(
    gain: np.ndarray,
    n: int,
    first: np.ndarray,
    last: np.ndarray,
    edges: np.ndarray | None,
    curved: list[tuple[int, np.ndarray, np.ndarray]],
    weights: np.ndarray,
) -> complex:
    """The logarithm of the sum over texts of n words, without what their length alone adds."""
    places = [gain] * n
    places[0] = places[0] + first
    places[-1] = places[-1] + last
    log = 0.0 + 0.0j
    if edges is not None:
        value, log = _scaled(places[0])
        high = edges.real.max()
        step = np.exp(edges - high)
        for place in places[1:]:
            factor, more = _scaled(place)
            value = (value @ step) * factor
            size = np.abs(value).max()
            value, log = value / size, log + more + high + math.log(size)
        return complex(log + np.log(value.sum()))
    members = np.array([x[1][: len(gain)] for x in curved]).reshape(len(curved), len(gain))
    groups = sorted({tuple(int(m) for m in column) for column in members.T})
    inside = [(np.array(g, dtype=bool) == members.T).all(1) for g in groups]
    value = np.zeros((n + 1,) * len(curved), dtype=np.complex128)
    value[(0,) * len(curved)] = 1.0
    for place in places:
        factor, more = _scaled(place)
        value = sum(shifted(value, g, 0.0) * factor[w].sum() for g, w in zip(groups, inside, strict=True))
        size = np.abs(value).max()
        value, log = value / size, log + more + math.log(size)
    worth = np.zeros_like(value)
    for axis, (k, _, by_count) in enumerate(curved):
        shape = [1] * len(curved)
        shape[axis] = n + 1
        worth = worth + weights[k] * by_count[: n + 1].reshape(shape)
    high = worth.real.max() if curved else 0.0
    return complex(log + high + np.log((value * np.exp(worth - high)).sum()))


def _scaled(logs: np.ndarray) -> tuple[np.ndarray, complex]:
    """exp(logs) divided by the largest, and the logarithm of that."""
    high = logs.real.max()
    return np.exp(logs - high), complex(high)


def _log_sum(logs: np.ndarray) -> complex:
    factors, high = _scaled(logs)
    return complex(high + np.log(factors.sum()))
