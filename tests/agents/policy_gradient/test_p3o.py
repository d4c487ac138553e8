"""P3O: the pairwise gradient, its two clips, and what it cannot see."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import random_group
from exact_groups import Tree, same, token_gradient

from rewardlab.agents.policy_gradient import p3o_joint, p3o_separate, rloo
from rewardlab.core.errors import BadBatch, BadOption

BOTH = pytest.mark.parametrize("objective", [p3o_separate, p3o_joint])


@BOTH
@pytest.mark.parametrize("responses", [2, 3])
def test_the_expected_gradient_is_exact(objective, responses):
    tree = Tree(seed=responses)
    exact = -tree.gradient(tree.value(0.3))
    same(tree.expected(lambda g: objective(g, beta=0.3), responses), exact)


@BOTH
@pytest.mark.parametrize("responses", [2, 5])
def test_on_policy_the_gradient_is_that_of_rloo(objective, responses):
    group = random_group(4, responses)
    group = replace(group, old_logp=group.logp)
    same(token_gradient(lambda g: objective(g, beta=0.2), group), token_gradient(lambda g: rloo(g, beta=0.2), group))


@BOTH
def test_rewards_of_a_prompt_may_be_shifted_at_will(objective):
    group = random_group(4, 3)
    group = replace(group, reward=np.round(group.reward * 64) / 64)  # so that differences are exact
    shifted = replace(group, reward=group.reward + np.array([[8.0], [-16.0], [0.25], [1024.0]]))
    f = lambda g: objective(g, beta=0.0)  # noqa: E731
    np.testing.assert_array_equal(token_gradient(f, group), token_gradient(f, shifted))


@BOTH
def test_the_tilted_reference_is_a_fixed_point(objective):
    """At π ∝ π_ref exp(r/β) all regularised rewards are equal: no group of any size has a gradient."""
    tree = Tree(seed=1)
    with torch.no_grad():  # backwards induction of soft values gives its logits
        after = [
            torch.logsumexp(tree.reference.log_softmax(-1)[i] + tree.paid[3 * i - 2 : 3 * i + 1] / 0.5, 0)
            for i in (1, 2)
        ]
        first = tree.reference.log_softmax(-1)[0] + torch.stack([tree.paid[0] / 0.5, *after])
        second = tree.reference.log_softmax(-1)[1:] + torch.stack([tree.paid[1:4], tree.paid[4:7]]) / 0.5
        tree.logits.copy_(torch.cat([first[None], second]))
    group, _ = tree.every(2)
    assert torch.autograd.grad(objective(group, beta=0.5).abs().sum(), tree.logits)[0].abs().max() < 1e-12


def test_the_losses_are_those_of_the_equations():
    group = random_group(3, 4, seed=4)
    logp = (group.logp * group.mask).sum(-1)
    w = np.exp(((group.logp - group.old_logp) * group.mask).sum(-1))
    paid = group.reward - 0.2 * ((group.old_logp - group.ref_logp) * group.mask).sum(-1)
    apart, joint = np.zeros(3), np.zeros(3)
    for p in range(3):
        for i, j in itertools.permutations(range(4), 2):
            d = paid[p, i] - paid[p, j]
            apart[p] -= min(w[p, i] * d, np.clip(w[p, i], 0.9, 1.1) * d) / 12
            if d > 0:
                both = w[p, i] * w[p, j]
                joint[p] -= min(both, np.clip(both, 0.9, 1.1)) * d * (logp[p, i] - logp[p, j]) / 2 / 6
    same(p3o_separate(group, beta=0.2, epsilon=0.1), apart)
    same(p3o_joint(group, beta=0.2, epsilon=0.1), joint)


@BOTH
def test_a_pair_is_needed_and_numbers_are_not_negative(objective):
    with pytest.raises(BadBatch, match="at least 2"):
        objective(random_group(3, 1))
    for bad in ({"beta": -1.0}, {"epsilon": -0.1}):
        with pytest.raises(BadOption):
            objective(random_group(3, 2), **bad)
