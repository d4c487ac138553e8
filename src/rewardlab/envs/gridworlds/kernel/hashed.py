"""Numbers that look random and are none: a hash of two, for choices that must come out alike wherever they are made."""

import numpy as np

from rewardlab.core.rng import GOLDEN, mix


def hashed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[n] uint64, whose bits depend on all bits of a and of b, [n] integers."""
    one, other = (np.asarray(x).astype(np.uint64).view(np.int64) for x in (a, b))
    with np.errstate(over="ignore"):
        return mix(mix(one * GOLDEN) + other * GOLDEN).view(np.uint64)
