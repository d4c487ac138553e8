"""CoPG: its gradient on a pair, and its minimiser whoever sampled."""

import numpy as np
import pytest
import torch
from contracts.objective_row import as_torch, random_group
from exact_groups import Tree, minimiser, same, token_gradient

from rewardlab.agents.policy_gradient import copg
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import softmax, tilted


def test_the_gradient_of_a_pair_is_the_contrasted_policy_gradient():
    group = random_group(5, 2)
    h = ((group.logp - group.ref_logp) * group.mask).sum(-1)
    score = group.reward - 0.3 * h
    ascent = np.stack([score[:, 0] - score[:, 1], score[:, 1] - score[:, 0]], 1)
    same(token_gradient(lambda g: copg(g, beta=0.3), group), -ascent[..., None] * group.mask / 5, rtol=1e-10)


@pytest.mark.parametrize("responses", [2, 3])
def test_on_policy_the_expected_gradient_is_exact(responses):
    """Each pair gives the gradient of both of its responses."""
    tree = Tree(seed=responses)
    same(tree.expected(lambda g: copg(g, beta=0.4), responses), -2 * tree.gradient(tree.value(0.4)))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_minimiser_is_the_tilted_reference_whoever_sampled(seed):
    law = softmax(2.5 * np.random.default_rng(10 + seed).normal(size=6))  # another one each time, far from uniform
    rng = np.random.default_rng(99)  # the task stays
    reference, reward, beta = softmax(rng.normal(size=6)), rng.normal(size=6), 0.7
    pairs = np.array([(i, j) for i in range(6) for j in range(6) if i != j])
    chance = torch.tensor(law[pairs[:, 0]] * law[pairs[:, 1]])
    fixed, paid = torch.tensor(np.log(reference)[pairs])[..., None], torch.tensor(reward[pairs])

    def loss(logp):
        group = Group(logp[pairs][..., None], fixed, fixed, torch.ones_like(fixed), paid)
        return (copg(group, beta=beta) * chance).sum()

    same(minimiser(loss, np.zeros(6)), np.log(tilted(reference, reward, beta)), rtol=0, atol=1e-6)
    assert law.max() / law.min() > 20


def test_at_the_minimiser_every_pair_is_at_0():
    group = random_group(3, 4)
    h = 2.0 * (group.logp - group.ref_logp)  # any numbers
    reward = 0.5 * (h * group.mask).sum(-1) + 7.0
    exact = Group(group.ref_logp + h, group.old_logp, group.ref_logp, group.mask, reward)
    same(copg(exact, beta=0.5), np.zeros(3), atol=1e-20)
    assert (copg(as_torch(group)) > 0).all()


def test_a_pair_and_a_price_are_needed():
    with pytest.raises(BadBatch, match="at least 2"):
        copg(random_group(3, 1))
    with pytest.raises(BadOption, match="beta"):
        copg(random_group(3, 2), beta=0.0)
