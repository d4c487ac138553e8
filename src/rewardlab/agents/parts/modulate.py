"""Weights of tokens and steps: what is made of entropies and covariances before it multiplies an advantage.

    steps       the mean of x over the tokens of each turn: [P, G, T] -> [P, G, K]
    scaled      (x − min) / (max − min + ε) over what counts in the batch
    covariance  (log π − its mean)(A − its mean), means over the tokens of the batch

A turn (step) is a number that its tokens share; turns come in the order of their numbers, and a response may lack some.
All results are numbers without gradient, except the means of steps.
"""

import numpy as np

from rewardlab.agents.parts import masked
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor


def turns(turn: Array, mask: Array) -> list[int]:
    """The K distinct turns of the batch, in order; [0] if no token counts."""
    return [int(k) for k in np.unique(array(turn)[array(mask != 0)])] or [0]


def steps(x: Array, turn: Array, mask: Array) -> tuple[Array, Array]:
    """The mean of x over each turn's tokens, [P, G, K], 0 where a response lacks the turn; and where it has one."""
    xp = namespace(x)
    own = [(mask != 0) & (turn == k) for k in turns(turn, mask)]
    return xp.stack([masked.mean(x, m) for m in own], axis=-1), xp.stack([m.any(-1) for m in own], axis=-1)


def to_tokens(table: Array, turn: Array, mask: Array) -> Array:
    """[P, G, K] of the turns to their tokens, [P, G, T]; 0 on padding."""
    xp = namespace(table)
    out = xp.zeros_like(masked.counted(turn, mask) + table[..., :1])
    for i, k in enumerate(turns(turn, mask)):
        out = xp.where((mask != 0) & (turn == k), table[..., i : i + 1], out)
    return out


def following(table: Array, has: Array) -> Array:
    """The value of the next turn that the response has, 0 after its last, [P, G, K]."""
    xp = namespace(table)
    later, out = xp.zeros_like(table[..., 0]), []
    for i in reversed(range(table.shape[-1])):
        out.append(later)
        later = xp.where(has[..., i], table[..., i], later)
    return xp.stack(out[::-1], axis=-1)


def extremes(x: Array, mask: Array) -> tuple[Array, Array]:
    """The least and the largest that counts, each a number of no axes; inf and −inf if nothing does."""
    xp = namespace(x)
    counts, inf = mask != 0, xp.full_like(x, np.inf)
    return xp.min(xp.where(counts, x, inf)), xp.max(xp.where(counts, x, -inf))


def scaled(x: Array, mask: Array, epsilon: float = 1e-8) -> Array:
    """x from its least to its largest counting value in the batch, 0 to 1; 0 elsewhere."""
    low, high = extremes(x, mask)
    return masked.counted((x - low) / (high - low + epsilon), mask)


def running_mean(x: Array, mask: Array) -> Array:
    """The mean of the counting values up to each token, [P, G, T]; 0 before the first."""
    xp = namespace(x)
    number = xp.cumulative_sum(masked.counted(xp.ones_like(x), mask), axis=-1)
    return xp.cumulative_sum(masked.counted(x, mask), axis=-1) / xp.clip(number, 1.0, None)


def covariance(logp: Array, advantage: Array, mask: Array) -> Array:
    """The part of each token in Cov(log π, A) over the tokens of the batch, [P, G, T]; 0 on padding."""
    xp = namespace(logp)
    a = xp.broadcast_to(advantage, tuple(mask.shape))
    own = masked.counted(constant(logp), mask)
    return masked.counted((own - masked.batch_mean(own, mask)) * (a - masked.batch_mean(a, mask)), mask)


def largest(x: Array, mask: Array, number: int) -> Array:
    """Where the `number` largest counting values of the batch are, equals of the last included, bool [P, G, T]."""
    xp = namespace(x)
    if number < 1:
        return xp.zeros_like(mask != 0)
    flat = xp.sort(xp.reshape(xp.where(mask != 0, x, xp.full_like(x, -np.inf)), (-1,)))
    return (mask != 0) & (x >= flat[-min(number, flat.shape[0])])


def drawn(candidates: Array, number: int, rng: np.random.Generator) -> Array:
    """`number` of the true entries of a bool array, or all if there are fewer, by chance; bool of the same shape."""
    bits = array(candidates)
    at = np.flatnonzero(bits)
    flat = np.zeros(bits.size, dtype=bool)
    flat[rng.permutation(at)[:number]] = True
    out = flat.reshape(bits.shape)
    return tensor(out, device=candidates.device) if is_torch(candidates) else out
