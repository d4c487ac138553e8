"""What takes no gradient.

    sg(x) = x,    ∂sg(x)/∂x = 0

Of a group only `logp` carries a gradient; advantages, weights and baselines that are computed from it are numbers.
"""

from rewardlab.core.arrays import Array, is_torch


def constant(x: Array) -> Array:
    """`x` without its gradient; a NumPy array as it is."""
    return x.detach() if is_torch(x) else x
