"""REINFORCE is the exact gradient in expectation."""

import pytest
from contracts.objective_row import random_group
from exact_groups import Tree, same, token_gradient

from rewardlab.agents.policy_gradient import reinforce


@pytest.mark.parametrize("responses", [1, 2])
def test_the_expected_gradient_is_that_of_the_expected_reward(responses):
    tree = Tree(seed=responses)
    same(tree.expected(reinforce, responses), -tree.gradient(tree.value()))


def test_each_token_moves_by_its_reward():
    group = random_group(3, 4)
    same(token_gradient(reinforce, group), -group.mask * group.reward[..., None] / 12)
    same(reinforce(group), -(group.reward * (group.logp * group.mask).sum(-1)).mean(-1))
