"""Links: values, where they are smallest, and the order in which they lie."""

import numpy as np
import pytest
import torch

from rewardlab.agents.parts import link
from rewardlab.core.errors import BadOption

M = np.linspace(-4, 4, 17)
S = 1 / (1 + np.exp(-M))


def test_values():
    np.testing.assert_allclose(link.logistic(M), -np.log(S), rtol=1e-13)
    np.testing.assert_allclose(link.soft(M, 0.8), -0.8 * np.log(S) - 0.2 * np.log(1 - S), rtol=1e-12)
    np.testing.assert_allclose(link.debiased(M, 0.1), (-0.9 * np.log(S) + 0.1 * np.log(1 - S)) / 0.8, rtol=1e-12)
    np.testing.assert_array_equal(link.hinge(M, 0.5), np.maximum(0, 0.5 - M))
    np.testing.assert_array_equal(link.squared(M, 0.5), (M - 0.5) ** 2)
    np.testing.assert_allclose(link.exponential(M), np.exp(-M), rtol=1e-15)


@pytest.mark.parametrize("flip", [0.0, 0.1, 0.45])
def test_over_flipped_labels_the_debiased_loss_is_that_of_the_true_label(flip):
    seen = (1 - flip) * link.debiased(M, flip) + flip * link.debiased(-M, flip)
    np.testing.assert_allclose(seen, link.logistic(M), rtol=1e-12)


@pytest.mark.parametrize("label", [0.2, 0.5, 0.9])
def test_a_soft_label_is_met_where_the_sigmoid_equals_it(label):
    m = torch.tensor(np.log(label / (1 - label)), requires_grad=True)
    link.soft(m, label).backward()
    assert abs(m.grad) < 1e-16


@pytest.mark.parametrize("of", [link.logistic, link.exponential, link.hinge, lambda m: link.squared(m, 1.0)])
def test_every_link_is_convex_falls_at_0_and_is_finite_far_away(of):
    assert (np.diff(of(M), 2) >= -1e-12).all()
    m = torch.tensor([0.0, -1e5, 1e5], dtype=torch.float64, requires_grad=True)
    loss = of(m)
    loss.sum().backward()
    assert m.grad[0] < 0 and torch.isfinite(m.grad).all() and torch.isfinite(loss).all()


@pytest.mark.parametrize("flip", [0.5, 1.0, -0.01, "x", float("inf")])
def test_a_flip_of_one_half_is_refused(flip):
    with pytest.raises(BadOption, match="flip"):
        link.debiased(M, flip)
