"""Squashing curves keep the order and their bounds."""

import numpy as np
import pytest
from contracts.row import sample

from rewardlab.core.errors import BadOption
from rewardlab.rewards import Sigmoid, SymmetricLog, Tanh

X = np.array([-1e6, -3.0, -0.5, 0.0, 0.5, 3.0, 1e6])


def paid(reward):
    return reward(sample(7).paying(X))


def test_closed_forms():
    np.testing.assert_allclose(paid(Sigmoid(2.0))[1:-1], 1 / (1 + np.exp(-2 * X[1:-1])), rtol=1e-12)
    np.testing.assert_allclose(paid(Tanh(0.5)), np.tanh(0.5 * X), rtol=1e-12)
    np.testing.assert_allclose(paid(SymmetricLog()), np.sign(X) * np.log1p(np.abs(X)), rtol=1e-12)


@pytest.mark.parametrize("reward", [Sigmoid(0.3), Tanh(0.3), SymmetricLog()], ids=lambda r: type(r).__name__)
def test_the_order_stays(reward):
    assert (np.diff(paid(reward)[1:-1]) > 0).all() and (np.diff(paid(reward)) >= 0).all()


def test_the_symmetric_logarithm_has_its_inverse():
    y = paid(SymmetricLog())
    np.testing.assert_allclose(np.sign(y) * np.expm1(np.abs(y)), X, rtol=1e-9)


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan"), True])
def test_slopes_are_positive(slope):
    with pytest.raises(BadOption, match="slope"):
        Sigmoid(slope)
    with pytest.raises(BadOption, match="slope"):
        Tanh(slope)
