"""Scores of responses, and the derivatives of divergences against finite differences of the divergences."""

import numpy as np
import pytest
import torch

from rewardlab.agents.parts import score
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption

RNG = np.random.default_rng(0)
LOGP, REF, WEIGHT = -RNG.random((3, 2, 5)), -RNG.random((3, 2, 5)), RNG.random((3, 2, 5))
MASK = (np.arange(5) < RNG.integers(1, 6, (3, 2, 1))).astype(float)
GROUP = Group(np.where(MASK, LOGP, -np.inf), REF, np.where(MASK, REF, np.nan), MASK, np.zeros((3, 2)))


def test_sums_and_means_over_tokens():
    np.testing.assert_allclose(score.likelihood(GROUP), (LOGP * MASK).sum(-1), rtol=1e-14)
    np.testing.assert_allclose(score.mean_likelihood(GROUP), (LOGP * MASK).sum(-1) / MASK.sum(-1), rtol=1e-14)
    np.testing.assert_allclose(score.token_ratio(GROUP), (LOGP - REF) * MASK, atol=1e-16)
    np.testing.assert_allclose(score.log_ratio(GROUP), GROUP.h, rtol=1e-14)
    np.testing.assert_allclose(score.mean_ratio(GROUP), GROUP.h / MASK.sum(-1), rtol=1e-13)
    weight = np.where(MASK, WEIGHT, np.nan)
    np.testing.assert_allclose(score.weighted_ratio(GROUP, weight), ((LOGP - REF) * WEIGHT * MASK).sum(-1), rtol=1e-13)


@pytest.mark.parametrize("gamma", [1.0, 0.7, 0.0])
def test_discounts_begin_at_the_first_token_that_counts(gamma):
    found = score.discounted(GROUP, gamma)
    np.testing.assert_allclose(found, (LOGP * MASK * gamma ** np.arange(5)).sum(-1), rtol=1e-13)
    late = Group(*(np.concatenate([np.zeros_like(x), x], -1) for x in (GROUP.logp, REF, REF, MASK)), GROUP.reward)
    np.testing.assert_allclose(score.discounted(late, gamma), found, rtol=1e-14)


DIVERGENCES = {
    "reverse_kl": (score.reverse_kl, lambda u: u * np.log(u)),
    "forward_kl": (score.forward_kl, lambda u: -np.log(u)),
    "jensen_shannon": (score.jensen_shannon, lambda u: u * np.log(u) - (1 + u) * np.log((1 + u) / 2)),
    "alpha_divergence": (score.alpha_divergence, lambda u: 2 * u - 4 * np.sqrt(u)),
    "chi_squared": (score.chi_squared, lambda u: (u - 1) ** 2 / 2 + u * np.log(u)),
}


@pytest.mark.parametrize("name", DIVERGENCES)
def test_a_derivative_is_that_of_its_divergence(name):
    derivative, f = DIVERGENCES[name]
    u, eps = np.array([0.05, 0.3, 1.0, 2.0, 9.0]), 1e-5
    slope = (f(u * (1 + eps)) - f(u * (1 - eps))) / (2 * u * eps)
    np.testing.assert_allclose(np.diff(derivative(np.log(u))), np.diff(slope), rtol=1e-7)  # up to a constant


@pytest.mark.parametrize("name", DIVERGENCES)
def test_derivatives_rise_and_stay_finite_far_from_the_reference(name):
    derivative, _ = DIVERGENCES[name]
    h = torch.tensor([-300.0, -40.0, -19.0, 0.0, 19.0, 40.0, 300.0], requires_grad=True)  # single precision
    found = derivative(h)
    found.sum().backward()
    assert torch.isfinite(found).all() and torch.isfinite(h.grad).all()
    assert (found.diff() >= 0).all() and (h.grad >= 0).all() and h.grad[3] > 0


def test_alphas_run_from_the_reverse_to_the_forward_divergence():
    h = np.linspace(-3, 3, 13)
    np.testing.assert_allclose(score.alpha_divergence(h, alpha=1e-9), h, rtol=1e-7)
    np.testing.assert_allclose(score.alpha_divergence(h, alpha=1.0), 1 + score.forward_kl(h), atol=1e-14)
    np.testing.assert_array_equal(score.chi_squared(h, weight=0.0), h)


@pytest.mark.parametrize("alpha", [0.0, 1.5, -1, "x", float("nan")])
def test_other_alphas_are_refused(alpha):
    with pytest.raises(BadOption, match="alpha"):
        score.alpha_divergence(np.zeros(2), alpha=alpha)
