"""RLOO is unbiased for every number of responses, with and without a price of divergence."""

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import Tree, same, token_gradient

from rewardlab.agents.policy_gradient import rloo
from rewardlab.core.errors import BadBatch, BadOption


@pytest.mark.parametrize("responses", [2, 3])
@pytest.mark.parametrize("beta", [0.0, 0.3])
def test_the_expected_gradient_is_exact(responses, beta):
    tree = Tree(seed=responses)
    exact = -tree.gradient(tree.value(beta))
    same(tree.expected(lambda g: rloo(g, beta=beta), responses), exact)
    if beta:
        assert (exact + tree.gradient(tree.value())).abs().max() > 0.01, "the price of divergence counts"


def test_the_loss_is_the_clipped_product_against_the_mean_of_the_others():
    group, beta = random_group(5, 3, seed=2), 0.2
    w = np.exp(((group.logp - group.old_logp) * group.mask).sum(-1))
    paid = group.reward - beta * ((group.old_logp - group.ref_logp) * group.mask).sum(-1)
    others = np.stack([np.delete(paid, i, 1).mean(1) for i in range(3)], 1)
    a = paid - others
    inside = np.clip(w, 0.9, 1.05)
    assert (inside != w).any() and (inside == w).any()
    same(rloo(group, low=0.1, high=0.05, beta=beta), -np.minimum(w * a, inside * a).mean(-1))
    stopped = (inside * a < w * a) & (inside != w)
    grad = token_gradient(lambda g: rloo(g, low=0.1, high=0.05, beta=beta), group)
    same(grad, np.where(stopped, 0, -w * a / 15)[..., None] * group.mask)


def test_one_response_has_no_others_and_numbers_are_not_negative():
    with pytest.raises(BadBatch, match="at least 2"):
        rloo(random_group(3, 1))
    for name in ("low", "high", "beta"):
        with pytest.raises(BadOption, match=name):
            rloo(random_group(3, 2), **{name: -0.1})
