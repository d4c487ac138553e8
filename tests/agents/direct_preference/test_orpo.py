"""ORPO: odds that keep their digits, and the gradient of the paper."""

import numpy as np
import pytest
import torch
from preference_tables import as_group

from rewardlab.agents.direct_preference.orpo import log_odds, orpo
from rewardlab.core.responses import sigmoid

REF = np.log([0.2, 0.3, 0.5])


def test_the_loss_is_its_definition():
    p = np.array([0.6, 0.3, 0.1])
    odds = p / (1 - p)
    found = orpo(as_group(np.log(p), REF, [[0, 1], [2, 0]]), weight=0.4)
    expected = -np.log(p[[0, 2]]) - 0.4 * np.log(sigmoid(np.log(odds[[0, 2]] / odds[[1, 0]])))
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("p", [1e-300, 1e-20, 1e-3, 0.4, 0.5, 0.6, 1 - 1e-6])
def test_odds_of_small_and_of_large_probabilities(p):
    assert log_odds(np.log(np.array([p])))[0] == pytest.approx(np.log(p) - np.log1p(-p), rel=1e-9)


def test_odds_of_certainty_are_finite_and_so_is_their_gradient():
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    log_odds(x).backward()
    assert torch.isfinite(x.grad).all() and log_odds(np.zeros(1))[0] == pytest.approx(12 * np.log(10), rel=1e-4)


def test_the_gradient_of_the_odds_is_a_product_of_two_terms():
    p = torch.tensor([0.6, 0.25, 0.15], dtype=torch.float64)
    logp = p.log().requires_grad_()
    (orpo(as_group(logp, REF, [[0, 1]]), weight=1.0) + logp[0]).sum().backward()
    odds = (p / (1 - p)).numpy()
    outer = 1 / (1 + odds[0] / odds[1])  # how wrong the odds are
    inner = np.array([1 / (1 - p[0]), -1 / (1 - p[1]), 0])
    np.testing.assert_allclose(logp.grad, -outer * inner, rtol=1e-12)
