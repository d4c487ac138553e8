"""GSPO: one ratio for a response."""

from dataclasses import replace

import numpy as np
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.policy_gradient import grpo, gspo


def test_on_policy_the_gradient_is_that_of_grpo():
    group = random_group(4, 5)
    group = replace(group, old_logp=group.logp)
    same(token_gradient(gspo, group), token_gradient(grpo, group))


def test_a_response_is_followed_or_stopped_as_a_whole():
    group = random_group(4, 5, seed=6)
    n = group.mask.sum(-1)
    s = np.exp(((group.logp - group.old_logp) * group.mask).sum(-1) / n)
    a = (group.reward - group.reward.mean(-1, keepdims=True)) / (group.reward.std(-1, keepdims=True) + 1e-6)
    inside = np.clip(s, 0.98, 1.03)
    same(gspo(group, low=0.02, high=0.03), -np.minimum(s * a, inside * a).mean(-1))
    stopped = (inside != s) & (inside * a < s * a)
    assert stopped.any() and not stopped.all()
    expected = np.where(stopped, 0.0, -s * a / n)[..., None] * group.mask / 20
    same(token_gradient(lambda g: gspo(g, low=0.02, high=0.03), group), expected)
