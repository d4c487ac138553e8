"""The hash of two numbers: known values, uniform bits, and every bit in play."""

import numpy as np

from rewardlab.envs.gridworlds.kernel.hashed import hashed


def splitmix(x):
    """SplitMix64's finaliser in whole numbers of any length."""
    mask = 2**64 - 1
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & mask
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & mask
    return x ^ (x >> 31)


def test_it_is_the_finaliser_twice():
    golden, mask = 0x9E3779B97F4A7C15, 2**64 - 1
    for a, b in ((0, 0), (1, 0), (0, 1), (2**63 + 5, 12345)):
        expected = splitmix((splitmix(a * golden & mask) + b * golden) & mask)
        assert int(hashed(np.array([a], dtype=np.uint64), np.array([b]))[0]) == expected


def test_neighbours_are_far_apart_and_bits_are_even():
    a, b = np.divmod(np.arange(10_000), 100)
    bits = np.unpackbits(hashed(a, b).view(np.uint8)).reshape(10_000, 64)
    assert abs(bits.mean(0) - 0.5).max() < 0.025  # five standard deviations
    assert len(np.unique(hashed(a, b))) == 10_000
    moved = hashed(a, b) ^ hashed(a, b + 1)
    assert abs(np.unpackbits(moved.view(np.uint8)).mean() - 0.5) < 0.01
