"""Sums over tokens never look at padding."""

import numpy as np
import pytest
import torch

from rewardlab.agents.parts import masked

X = np.array([[[1.0, 2.0, np.nan], [4.0, np.inf, -np.inf]], [[3.0, 5.0, 7.0], [np.nan, np.nan, np.nan]]])
MASK = np.array([[[1, 1, 0], [1, 0, 0]], [[1, 1, 1], [0, 0, 0]]])


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_padding_is_never_looked_at(of):
    x, mask = of(X), of(MASK)
    np.testing.assert_array_equal(masked.total(x, mask), [[3, 4], [15, 0]])
    np.testing.assert_array_equal(masked.mean(x, mask), [[1.5, 4], [5, 0]])
    assert float(masked.batch_mean(x, mask)) == pytest.approx(22 / 6, rel=1e-15)
    assert float(masked.batch_mean(x, mask * 0)) == 0.0


def test_padding_takes_no_gradient():
    x = torch.tensor(X, requires_grad=True)
    masked.mean(x, torch.as_tensor(MASK)).sum().backward()
    np.testing.assert_allclose(x.grad, [[[0.5, 0.5, 0], [1, 0, 0]], [[1 / 3] * 3, [0, 0, 0]]], rtol=1e-15)
