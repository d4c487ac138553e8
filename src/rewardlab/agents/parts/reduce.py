"""From losses of tokens to a loss of each prompt.

    per response  L_p = (1/G) Σ_i (1/|y_i|) Σ_t l_it
    per token     L_p = P Σ_i Σ_t l_it / Σ_p Σ_i |y_i|      (the mean over P is the mean over all tokens of the batch)
    constant      L_p = (1/G) Σ_i (1/n) Σ_t l_it

Losses are [P, G, T], or [P, G, 1] for all tokens of a response; the result is [P], of which the trainer minimises the
mean. A response of no counting token adds 0 and is still one of the G.
"""

from rewardlab.agents.parts import masked
from rewardlab.core.arrays import Array, namespace


def per_response(loss: Array, mask: Array) -> Array:
    """Every response weighs the same, [P]: a token of a long one weighs little."""
    return masked.mean(_spread(loss, mask), mask).mean(-1)


def per_token(loss: Array, mask: Array) -> Array:
    """Every token of the batch weighs the same, [P]."""
    xp = namespace(loss)
    count = (mask != 0).sum()
    summed = masked.total(_spread(loss, mask), mask).sum(-1) * loss.shape[0]
    return summed / xp.where(count == 0, xp.ones_like(count), count)


def constant_length(loss: Array, mask: Array, length: float = 1.0) -> Array:
    """Sums over tokens divided by one constant, [P]: length 1 sums."""
    return masked.total(_spread(loss, mask), mask).mean(-1) / length


def _spread(loss: Array, mask: Array) -> Array:
    """[P, G, 1] to all tokens, [P, G, T]."""
    return namespace(loss).broadcast_to(loss, tuple(mask.shape))
