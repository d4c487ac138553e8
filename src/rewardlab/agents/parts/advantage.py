"""How much better a response is than was to be expected of its prompt.

    centred       A_i = r_i − r̄                          r̄, σ over the G responses of the prompt
    normalised    A_i = (r_i − r̄) / (σ + ε)
    leave one out A_i = r_i − Σ_{j≠i} r_j / (G − 1)
    batch scaled  A_i = (r_i − r̄) / (σ_batch + ε)
    batch normal  A_i = (r_i − r̄_batch) / (σ_batch + ε)
    tail          A   = (w min(X − q_a, 0)/a + (min(max(X, q_a), q_b) − q_b)/(b − a)) / (1 + w)

All are numbers [P, G, 1] without gradient, in the type that rewards and log-probabilities share. A group whose rewards
are all equal teaches nothing: where they are centred within the group its advantages are exactly 0.
"""

from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def rewards(group: Group) -> Array:
    """The rewards [P, G] as numbers without gradient: labels may be integers or booleans."""
    xp = namespace(group.logp)
    return constant(group.reward) + xp.zeros_like(constant(group.old_logp)[..., 0])


def centred(group: Group) -> Array:
    """r − r̄, [P, G, 1]."""
    return _centred(rewards(group))[..., None]


def normalised(group: Group, epsilon: float = 1e-6, correction: int = 0) -> Array:
    """(r − r̄) / (σ + ε), [P, G, 1]; σ over G − correction."""
    r = rewards(group)
    xp = namespace(r)
    return (_centred(r) / (xp.std(r, axis=-1, keepdims=True, correction=correction) + epsilon))[..., None]


def normalised_over(r: Array, keep: Array, epsilon: float = 1e-6) -> Array:
    """(r − r̄) / (σ + ε) of rewards r [P, G] over those in `keep` [P, G] bool, and 0 elsewhere, [P, G]."""
    xp = namespace(r)
    number = xp.clip(keep.sum(-1)[..., None] + xp.zeros_like(r), 1.0, None)
    r = r - xp.max(xp.where(keep, r, xp.full_like(r, float("-inf"))), axis=-1, keepdims=True)  # as `_centred` does
    off = xp.where(keep, r - xp.where(keep, r, xp.zeros_like(r)).sum(-1)[..., None] / number, xp.zeros_like(r))
    return off / (((off**2).sum(-1)[..., None] / number) ** 0.5 + epsilon)


def leave_one_out(group: Group) -> Array:
    """r_i less the mean of the others, [P, G, 1]; at least two responses."""
    g = group.reward.shape[-1]
    return centred(group) * (g / (g - 1))


def batch_scaled(group: Group, epsilon: float = 1e-6) -> Array:
    """(r − r̄) / (σ_batch + ε), [P, G, 1]: the mean is the prompt's, the scale is that of all rewards."""
    r = rewards(group)
    return (_centred(r) / (namespace(r).std(r) + epsilon))[..., None]


def batch_normalised(group: Group, epsilon: float = 1e-6, correction: int = 0) -> Array:
    """(r − r̄_batch) / (σ_batch + ε), [P, G, 1]; σ over P G − correction."""
    r = rewards(group)
    return ((r - r.mean()) / (namespace(r).std(r, correction=correction) + epsilon))[..., None]


def inliers(a: Array, most: float) -> Array:
    """Advantages with 0 for those beyond ± `most`."""
    xp = namespace(a)
    return xp.where(xp.abs(a) > most, xp.zeros_like(a), a)


def tail(x: Array, low: Array, high: Array, *, a: float, b: float, weight: float) -> Array:
    """The score's weight in the gradient of (w CVaR_a + RVaR_ab) / (1 + w), of the shape of x.

    Args:
        x: scores.
        low, high: their quantiles q_a and q_b, which broadcast against x.
        a, b: levels, 0 < a < b <= 1.
        weight: w, of the lower tail against the middle range.
    """
    xp = namespace(x)
    below = xp.minimum(x - low, xp.zeros_like(x)) / a
    middle = (xp.minimum(xp.maximum(x, low), high) - high) / (b - a)
    return (weight * below + middle) / (1.0 + weight)


def quantile(x: Array, level: float) -> Array:
    """The quantile at `level` of the last axis, between its neighbours by a straight line, [..., 1]."""
    ordered = namespace(x).sort(x, axis=-1)
    place = level * (x.shape[-1] - 1)
    below = int(place)
    above, part = min(below + 1, x.shape[-1] - 1), place - below
    return (1.0 - part) * ordered[..., below : below + 1] + part * ordered[..., above : above + 1]


def _centred(r: Array) -> Array:
    """r less its mean; from the first one on, as equal numbers are rarely their own mean, and σ would magnify it."""
    off = r - r[..., :1]
    return off - off.mean(-1)[..., None]
