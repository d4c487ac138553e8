"""Dr. GRPO: unbiased up to one constant."""

from dataclasses import replace

import pytest
from contracts.objective_row import random_group
from exact_groups import Tree, same, token_gradient

from rewardlab.agents.policy_gradient import dr_grpo
from rewardlab.core.errors import BadOption


@pytest.mark.parametrize("responses", [2, 3])
def test_the_expected_gradient_is_that_of_the_reward_times_one_constant(responses):
    tree = Tree(seed=responses)
    constant = (responses - 1) / responses / 4.0
    same(tree.expected(lambda g: dr_grpo(g, length=4.0), responses), -constant * tree.gradient(tree.value()))


def test_the_gradient_on_policy_is_the_centred_reward():
    group = random_group(4, 5)
    group = replace(group, old_logp=group.logp)
    a = group.reward - group.reward.mean(-1, keepdims=True)
    same(token_gradient(lambda g: dr_grpo(g, length=7), group), -a[..., None] * group.mask / (20 * 7))


def test_a_length_is_above_0():
    with pytest.raises(BadOption, match="length=0"):
        dr_grpo(random_group(2, 3), length=0)
