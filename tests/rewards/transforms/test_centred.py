"""Centred rewards and curves of them."""

import numpy as np
import pytest
from transforms_hacked import steps

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import sigmoid
from rewardlab.rewards import Centred, CentredPolynomial, CentredTanh, LateGrowth

RNG = np.random.default_rng(4)
PROXY, REFS = RNG.normal(size=(3, 40)) * 3, RNG.normal(size=(3, 5))
BATCH = steps(PROXY, REFS)
C = PROXY - REFS.mean(-1, keepdims=True)


def test_curves_are_those_of_the_centred_reward():
    np.testing.assert_allclose(Centred()(BATCH), C, atol=1e-14)
    np.testing.assert_allclose(CentredTanh(slope=0.7)(BATCH), np.tanh(0.7 * C), atol=1e-14)
    np.testing.assert_allclose(LateGrowth(slope=2.0)(BATCH), sigmoid(2 * (C - 3)), atol=1e-14)


def test_all_forget_what_is_added_to_a_prompt():
    moved = steps(PROXY + 11, REFS + 11)
    for shaper in (Centred(), CentredTanh(), LateGrowth(), CentredPolynomial()):
        np.testing.assert_allclose(shaper(moved), shaper(BATCH), atol=1e-12)


@pytest.mark.parametrize(("degree", "error"), [(1, 0.2), (3, 0.07), (5, 0.025), (9, 0.006)])
def test_the_polynomial_comes_near_the_sigmoid(degree, error):
    near = CentredPolynomial(degree=degree)(BATCH)
    assert np.abs(near - sigmoid(np.clip(C, -5, 5))).max() < error


def test_late_growth_is_flat_at_the_start():
    def slope(x):
        zero = np.zeros((1, 1))
        return float((LateGrowth()(steps(zero + x + 1e-5, zero)) - LateGrowth()(steps(zero + x, zero)))[0, 0]) / 1e-5

    assert slope(0.0) < 0.05 < 0.2 < slope(3.0)


def test_options_are_checked():
    for degree in (0, 2, -1):
        with pytest.raises(BadOption, match="degree"):
            CentredPolynomial(degree=degree)
    with pytest.raises(BadOption, match="slope"):
        LateGrowth(slope=-1.0)
