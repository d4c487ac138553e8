"""GRPO-λ against sums written out."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.policy_gradient import grpo, grpo_lambda, grpo_lambda_both
from rewardlab.core.errors import BadOption


@pytest.mark.parametrize("objective", [grpo_lambda, grpo_lambda_both])
def test_without_memory_and_floor_it_is_grpo(objective):
    group = random_group(4, 5, seed=2)
    ours = objective(group, decay=0.0, worst=-np.inf, beta=0.1, high=0.1)
    if objective is grpo_lambda:
        same(ours, grpo(group, beta=0.1, high=0.1))
    else:  # c^j is 1 for j = 0: the first token stays in all traces
        assert np.abs(ours - grpo(group, beta=0.1, high=0.1)).max() > 1e-3


@pytest.mark.parametrize("decay", [0.3, 0.9, 1.0])
def test_early_tokens_get_the_weight_of_all_traces_that_they_are_in(decay):
    group = random_group(4, 5)
    group = replace(group, old_logp=group.logp)
    n = group.mask.sum(-1)[..., None]
    left = np.maximum(n - np.arange(5), 0)  # traces from this token on
    weight = left if decay == 1 else (1 - decay**left) / (1 - decay)
    a = (group.reward - group.reward.mean(-1, keepdims=True)) / (group.reward.std(-1, keepdims=True) + 1e-6)
    expected = -(np.maximum(a, -0.1)[..., None] / n) * weight * group.mask / 20
    same(token_gradient(lambda g: grpo_lambda(g, decay=decay), group), expected)


@pytest.mark.parametrize(
    ("objective", "weight"),
    [
        (grpo_lambda, lambda t, j, c: c ** (t - j)),
        (grpo_lambda_both, lambda t, j, c: 1.0 if t == j else max(c ** (t - j), c**j)),
    ],
)
def test_the_loss_is_the_equation(objective, weight):
    group, c, total = random_group(3, 4, seed=5), 0.6, np.zeros(3)
    for p in range(3):
        for i in range(4):
            a = max((group.reward[p, i] - group.reward[p].mean()) / (group.reward[p].std() + 1e-6), -0.5)
            d = group.logp[p, i] - group.old_logp[p, i]
            n = int(group.mask[p, i].sum())
            for t in range(n):
                rho = np.exp(sum(weight(t, j, c) * d[j] for j in range(t + 1)))
                total[p] -= min(rho * a, min(max(rho, 0.9), 1.1) * a) / n / 4
    same(objective(group, decay=c, worst=-0.5, low=0.1, high=0.1), total)


@pytest.mark.parametrize("objective", [grpo_lambda, grpo_lambda_both])
def test_a_decay_is_a_share(objective):
    with pytest.raises(BadOption, match="decay"):
        objective(random_group(2, 3), decay=1.1)
