"""Lite PPO: the group's mean, the batch's spread, tokens alike."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.policy_gradient import lite_ppo


def on_policy(reward, mask=None):
    group = random_group(*reward.shape)
    return replace(group, old_logp=group.logp, reward=reward, mask=group.mask if mask is None else mask)


def test_the_gradient_on_policy():
    reward = np.random.default_rng(0).normal(size=(4, 5))
    group = on_policy(reward)
    a = (reward - reward.mean(-1, keepdims=True)) / reward.std()
    expected = -a[..., None] * group.mask / group.mask.sum()
    same(token_gradient(lambda g: lite_ppo(g, epsilon=0.0), group), expected)


def test_a_nearly_solved_prompt_is_not_blown_up():
    reward = np.stack([np.r_[np.ones(7), 0.0], np.r_[np.ones(4), np.zeros(4)]])
    group = on_policy(reward, np.ones((2, 8, 5)))
    push = token_gradient(lambda g: lite_ppo(g, epsilon=0.0), group)[0, 7, 0] * group.mask.sum()
    assert push == pytest.approx(7 / 8 / reward.std(), rel=1e-12)


def test_tokens_weigh_the_same_whatever_the_length():
    mask = (np.arange(90) < np.array([[[10], [90]]])).astype(float)
    group = random_group(1, 2, 90)
    group = replace(group, old_logp=group.logp, reward=np.array([[1.0, -1.0]]), mask=mask)
    weight = np.abs(token_gradient(lite_ppo, group)).sum(-1)[0]
    same(weight / weight.sum(), [0.1, 0.9])
    same(lite_ppo(replace(group, reward=4 * group.reward + 3), epsilon=0.0), lite_ppo(group, epsilon=0.0))
