"""Sums and means over the tokens that count.

    total(x)_pg = Σ_t m_pgt x_pgt,    mean(x)_pg = Σ_t m_pgt x_pgt / Σ_t m_pgt,    over all tokens: Σ x / Σ m

What a token that does not count holds is never looked at: padding may be infinite or not a number, and takes no
gradient. NumPy and torch alike.
"""

from rewardlab.core.arrays import Array, namespace


def counted(x: Array, mask: Array) -> Array:
    """x [P, G, T], with 0 where the mask is 0."""
    xp = namespace(x)
    return xp.where(mask != 0, x, xp.zeros_like(x))


def total(x: Array, mask: Array) -> Array:
    """Σ over the tokens that count, [P, G]."""
    return counted(x, mask).sum(-1)


def mean(x: Array, mask: Array) -> Array:
    """The mean over the tokens that count, [P, G]; 0 for a response of none."""
    xp = namespace(x)
    count = (mask != 0).sum(-1)
    return total(x, mask) / xp.where(count == 0, xp.ones_like(count), count)


def batch_mean(x: Array, mask: Array) -> Array:
    """The mean over all tokens of the batch that count, a number of no axes; 0 if none does."""
    xp = namespace(x)
    count = (mask != 0).sum()
    return counted(x, mask).sum() / xp.where(count == 0, xp.ones_like(count), count)
