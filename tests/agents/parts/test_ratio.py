"""Ratios are 1 where the policy is the one that sampled, and have its gradient there."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import as_torch, random_group

from rewardlab.agents.parts import ratio

GROUP = random_group(3, 4, seed=2)
D = np.where(GROUP.mask != 0, GROUP.logp - GROUP.old_logp, 0.0)
N = GROUP.mask.sum(-1, keepdims=True)
CASES = {
    "token": (ratio.token, np.exp(D)),
    "sequence": (ratio.sequence, np.exp(D.sum(-1, keepdims=True) / N)),
    "product": (ratio.product, np.exp(D.sum(-1, keepdims=True))),
    "bounded": (lambda g: ratio.bounded(g, 0.95, 1.02), np.clip(np.exp(D), 0.95, 1.02)),
    "trace": (lambda g: ratio.trace(g, ratio.recent(5, 0.5)), None),
}


@pytest.mark.parametrize("name", [n for n in CASES if CASES[n][1] is not None])
def test_each_is_its_definition(name):
    f, expected = CASES[name]
    np.testing.assert_allclose(f(GROUP), expected, rtol=1e-13)
    np.testing.assert_allclose(f(as_torch(GROUP)).detach(), expected, rtol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_on_policy_each_is_1(name):
    same = replace(GROUP, old_logp=GROUP.logp)
    assert (CASES[name][0](same) == 1).all()


def test_the_sequence_on_tokens_has_its_value_and_the_gradient_of_each_token():
    group = as_torch(GROUP)
    whole, own = ratio.sequence(group), ratio.sequence_token(group)
    assert torch.equal(own, whole.expand(own.shape))
    weight = torch.arange(1.0, 6.0)  # advantages of tokens
    (own * weight * group.mask).sum().backward()
    np.testing.assert_allclose(group.logp.grad, (whole.detach() * weight * group.mask), rtol=1e-12)


def test_a_bounded_ratio_does_not_overflow_and_has_no_gradient_outside():
    group = as_torch(
        replace(GROUP, mask=np.ones_like(GROUP.mask), old_logp=GROUP.logp - np.array([-200.0, 2000, 0, 0.5, 20]))
    )
    assert torch.isinf(ratio.token(group)[..., 1]).all()
    rho = ratio.bounded(group, 1e-3, 1e3)
    rho.sum().backward()
    np.testing.assert_allclose(rho[0, 0].detach(), [1e-3, 1e3, 1, np.exp(0.5), 1e3], rtol=1e-12)
    np.testing.assert_allclose(group.logp.grad[0, 0], [0, 0, 1, np.exp(0.5), 0], rtol=1e-12)


def test_traces_are_lower_triangular_with_1_on_the_diagonal():
    for weights in (ratio.recent(6, 0.7), ratio.both_ends(6, 0.7)):
        assert (np.triu(weights, 1) == 0).all() and (np.diag(weights) == 1).all()
    np.testing.assert_allclose(ratio.recent(4, 0.5)[3], [0.125, 0.25, 0.5, 1])
    np.testing.assert_allclose(ratio.both_ends(4, 0.5)[3], [1, 0.5, 0.5, 1])
    np.testing.assert_array_equal(ratio.recent(3, 0.0), np.eye(3))
