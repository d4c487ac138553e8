"""Numbers that look random and are none: a hash of two, for choices that must come out alike wherever they are made."""

import numpy as np

_GOLDEN, _FIRST, _SECOND = (np.uint64(v) for v in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def hashed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[n] uint64, whose bits depend on all bits of a and of b, [n] integers (SplitMix64's finaliser, twice)."""
    with np.errstate(over="ignore"):
        return _mixed(_mixed(np.asarray(a).astype(np.uint64) * _GOLDEN) + np.asarray(b).astype(np.uint64) * _GOLDEN)


def _mixed(x: np.ndarray) -> np.ndarray:
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))
