from fractions import Fraction

import numpy as np

from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.rounding import product


@scalar
def _pay(t, last):
    return 1.0 - product(0.9, t / last)


def test_compiled_pay_is_that_of_plain_floats():
    for last in (100, 144, 147, 250, 576, 1024):
        for t in range(1, last + 1):
            assert _pay(t, last) == 1.0 - 0.9 * (t / last)


def test_one_rounding_would_give_other_bits():
    """What a fused instruction makes of the same numbers: the reason for this file."""

    def fused(t, last):
        return float(1 - Fraction(0.9) * Fraction(t / last))

    differ = [t for t in range(1, 251) if fused(t, 250) != _pay(t, 250)]
    assert len(differ) > 20
    assert max(abs(fused(t, 250) - _pay(t, 250)) for t in differ) < 2**-52


def test_products_of_all_sizes():
    a, b = np.random.default_rng(0).normal(size=(2, 1000)) * 10.0 ** np.arange(-150, 150).repeat(4)[:1000]
    assert [product(x, y) for x, y in zip(a, b, strict=True)] == list(a * b)
