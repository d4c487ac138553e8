"""Estimates of divergences, in expectation over all tokens."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import random_group

from rewardlab.agents.parts import penalty
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import divergence, softmax

LOGITS = np.random.default_rng(1).normal(size=(2, 6))
P, Q = softmax(LOGITS)


@pytest.mark.parametrize("estimate", [penalty.k1, penalty.k3])
def test_two_estimates_are_unbiased(estimate):
    assert (P * estimate(np.log(P), np.log(Q), np.ones(6))).sum() == pytest.approx(divergence(P, Q), rel=1e-12)


def test_two_estimates_are_never_negative_and_one_is_half_a_square():
    for estimate in (penalty.k2, penalty.k3):
        assert (estimate(np.log(P), np.log(Q), np.ones(6)) > 0).all()
    np.testing.assert_allclose(penalty.k2(np.log(P), np.log(Q), np.ones(6)), np.log(P / Q) ** 2 / 2)


@pytest.mark.parametrize(("estimate", "of"), [(penalty.k1, None), (penalty.k2, "forward"), (penalty.k3, "backward")])
def test_as_losses_they_pull_in_different_ways(estimate, of):
    z, q = torch.tensor(LOGITS[0], requires_grad=True), torch.tensor(Q)
    logp = torch.log_softmax(z, -1)
    pull = torch.autograd.grad(
        (logp.exp().detach() * estimate(logp, q.log(), torch.ones(6))).sum(), z, retain_graph=True
    )[0]
    exact = {
        None: 0 * logp.sum(),
        "forward": (logp.exp() * (logp - q.log())).sum(),
        "backward": (q * (q.log() - logp)).sum(),
    }[of]
    np.testing.assert_allclose(pull, torch.autograd.grad(exact, z)[0], rtol=1e-10, atol=1e-15)


def test_rewards_pay_for_the_divergence_of_the_sampler():
    group = random_group(3, 4)
    cost = ((group.old_logp - group.ref_logp) * group.mask).sum(-1)
    np.testing.assert_allclose(penalty.charged(group, 0.3).reward, group.reward - 0.3 * cost, rtol=1e-12)
    assert penalty.charged(group, 0.0) is group
    assert penalty.to_reference(replace(group, ref_logp=None), 0.0) == 0.0


def test_a_price_is_not_negative():
    for f in (penalty.charged, penalty.to_reference):
        with pytest.raises(BadOption, match="beta"):
            f(random_group(2, 2), -0.1)
