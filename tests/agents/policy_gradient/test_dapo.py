"""DAPO weighs tokens alike and clips higher above than below."""

from dataclasses import replace

import numpy as np
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.policy_gradient import dapo, grpo


def test_every_token_of_the_batch_weighs_the_same():
    group = random_group(4, 5)
    group = replace(group, old_logp=group.logp)
    a = (group.reward - group.reward.mean(-1, keepdims=True)) / group.reward.std(-1, keepdims=True)
    same(token_gradient(lambda g: dapo(g, epsilon=0.0), group), -a[..., None] * group.mask / group.mask.sum())


def test_the_mean_over_prompts_is_the_mean_over_tokens():
    group = random_group(4, 5, seed=4)
    a = ((group.reward - group.reward.mean(-1, keepdims=True)) / (group.reward.std(-1, keepdims=True) + 1e-6))[
        ..., None
    ]
    rho = np.exp(group.logp - group.old_logp)
    loss = -np.minimum(rho * a, np.clip(rho, 0.95, 1.15) * a) * group.mask
    same(dapo(group, low=0.05, high=0.15).mean(), loss.sum() / group.mask.sum())


def test_with_equal_lengths_it_is_grpo_with_that_clip():
    group = random_group(4, 5, seed=5)
    group = replace(group, mask=np.ones_like(group.mask))
    same(dapo(group, low=0.1, high=0.2), grpo(group, low=0.1, high=0.2))
