"""Exponentials that stay finite, with finite gradients, and sums over what counts."""

import numpy as np
import pytest
import torch

from rewardlab.agents.parts import stable

X = np.array([-1e4, -30.0, -1.0, 0.0, 1.0, 30.0, 1e4])


@pytest.mark.parametrize("name", ["softplus", "sigmoid", "growing"])
def test_values_and_slopes_are_finite_everywhere(name):
    x = torch.tensor(X, requires_grad=True)
    y = getattr(stable, name)(x)
    y.sum().backward()
    assert torch.isfinite(y).all() and torch.isfinite(x.grad).all()
    np.testing.assert_allclose(getattr(stable, name)(X), y.detach(), rtol=1e-15)


def test_values_in_the_middle():
    x = np.linspace(-5, 5, 11)
    np.testing.assert_allclose(stable.softplus(x), np.log(1 + np.exp(x)), rtol=1e-12)
    np.testing.assert_allclose(stable.sigmoid(x), 1 / (1 + np.exp(-x)), rtol=1e-13)
    np.testing.assert_allclose(stable.growing(x), np.exp(x), rtol=1e-14)
    assert stable.softplus(np.array(800.0)) == 800 and stable.softplus(np.array(-800.0)) == 0


def test_growth_beyond_the_limit_is_the_tangent():
    x = torch.tensor([2.0, 3.0, 5.0], dtype=torch.float64, requires_grad=True)
    y = stable.growing(x, limit=3.0)
    y.sum().backward()
    np.testing.assert_allclose(y.detach(), np.exp([2, 3, 3]) * [1, 1, 3], rtol=1e-15)
    np.testing.assert_allclose(x.grad, np.exp([2, 3, 3]), rtol=1e-15)


@pytest.mark.parametrize("of", [np.asarray, lambda x: torch.as_tensor(np.asarray(x))])
def test_sums_over_what_counts(of):
    x, counts = (
        of([[1.0, 2.0, np.inf], [700.0, 710.0, 5.0], [1.0, 2.0, 3.0]]),
        of([[1, 1, 0], [1, 1, 1], [0, 0, 0]]) != 0,
    )
    found = stable.log_sum_exp(x, counts)
    np.testing.assert_allclose(found[:2], [np.log(np.exp(1) + np.exp(2)), 710 + np.log1p(np.exp(-10))], rtol=1e-14)
    assert float(found[2]) == -np.inf
    share = stable.softmax(of([[1.0, 2.0, 9.0]]), of([[1, 1, 0]]) != 0)
    np.testing.assert_allclose(share, [[1 / (1 + np.e), np.e / (1 + np.e), 0]], rtol=1e-15)
    np.testing.assert_allclose(stable.softmax(of([[0.0, 0.0]])), [[0.5, 0.5]], rtol=1e-15)


def test_the_gradient_of_a_sum_is_a_softmax_and_0_where_nothing_counts():
    x = torch.tensor([[1.0, 2.0, -np.inf], [1.0, 2.0, 3.0]], dtype=torch.float64, requires_grad=True)
    counts = torch.tensor([[True, True, True], [False, False, False]])
    found = stable.log_sum_exp(x, counts)
    found[0].backward()
    np.testing.assert_allclose(x.grad, [[1 / (1 + np.e), np.e / (1 + np.e), 0], [0, 0, 0]], rtol=1e-14)
