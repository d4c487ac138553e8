"""GRPO at and off the policy that sampled, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.policy_gradient import grpo
from rewardlab.core.errors import BadOption


def on_policy(group):
    return replace(group, old_logp=group.logp)


def test_the_gradient_on_policy_is_the_advantage_over_the_length():
    group = on_policy(random_group(4, 5))
    a = (group.reward - group.reward.mean(-1, keepdims=True)) / group.reward.std(-1, keepdims=True)
    expected = -(a / group.mask.sum(-1))[..., None] * group.mask / 20
    for low, high in ((0.2, 0.2), (0.1, 0.4), (np.inf, np.inf)):
        same(token_gradient(lambda g, low=low, high=high: grpo(g, low=low, high=high, epsilon=0.0), group), expected)


def test_the_loss_is_the_equation():
    group, beta = random_group(4, 5, seed=3), 0.3
    total = np.zeros(4)
    for p in range(4):
        for i in range(5):
            a = (group.reward[p, i] - group.reward[p].mean()) / (group.reward[p].std() + 1e-6)
            n = int(group.mask[p, i].sum())
            for t in range(n):
                rho = np.exp(group.logp[p, i, t] - group.old_logp[p, i, t])
                d = group.ref_logp[p, i, t] - group.logp[p, i, t]
                gain = min(rho * a, min(max(rho, 0.9), 1.1) * a) - beta * (np.exp(d) - d - 1)
                total[p] -= gain / n / 5
    same(grpo(group, low=0.1, high=0.1, beta=beta), total)


def test_a_nearly_solved_prompt_is_pushed_hard():
    group = on_policy(random_group(1, 8))
    group = replace(group, reward=np.array([[1.0] * 7 + [0.0]]))
    push = token_gradient(lambda g: grpo(g, epsilon=0.0), group)[0, 7, 0] * 8 * group.mask[0, 7].sum()
    assert push == pytest.approx(np.sqrt(7), rel=1e-12)  # −A of the one failure


def test_equal_rewards_teach_nothing_and_scale_and_offset_mean_nothing():
    group = on_policy(random_group(3, 4))
    flat = replace(group, reward=np.full((3, 4), 0.75))
    assert np.abs(token_gradient(grpo, flat)).max() == 0
    other = replace(group, reward=3.0 * group.reward - 7.0)
    one, two = (token_gradient(lambda g: grpo(g, epsilon=0.0), g) for g in (group, other))
    same(one, two, rtol=1e-10)


def test_without_beta_no_reference_is_read():
    group = random_group(3, 4)
    same(grpo(replace(group, ref_logp=np.full_like(group.logp, np.nan))), grpo(group), rtol=0, atol=0)


@pytest.mark.parametrize("name", ["low", "high", "beta"])
def test_a_negative_number_is_refused(name):
    with pytest.raises(BadOption, match=name):
        grpo(random_group(2, 3), **{name: -1.0})
