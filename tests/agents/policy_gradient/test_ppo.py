"""PPO on tokens with advantages that were given."""

from dataclasses import replace

import numpy as np
import torch
from contracts.objective_row import random_group
from exact_groups import Tree, same, token_gradient

from rewardlab.agents.policy_gradient import ppo


def test_loss_and_gradient_are_those_of_the_equation():
    group = random_group(4, 5, seed=3)
    rho, a = np.exp(group.logp - group.old_logp), group.info["advantage"]
    inside = np.clip(rho, 0.95, 1.1)
    loss = -np.minimum(rho * a, inside * a) * group.mask
    same(ppo(group, low=0.05, high=0.1).mean(), loss.sum() / group.mask.sum())
    stopped = (inside != rho) & (inside * a < rho * a)
    expected = np.where(stopped, 0.0, -rho * a) * group.mask / group.mask.sum()
    same(token_gradient(lambda g: ppo(g, low=0.05, high=0.1), group), expected)


def test_with_exact_advantages_of_tokens_the_expected_gradient_is_exact():
    """Q − V of each word; lengths differ, so the share of a token is undone by the mean length."""
    tree = Tree(seed=4)
    with torch.no_grad():
        p = torch.softmax(tree.logits, -1)
        q_second = torch.stack([tree.paid[1:4], tree.paid[4:7]])  # after 1 and after 2
        v_second = (p[1:] * q_second).sum(-1)
        q_first = torch.cat([tree.paid[:1], v_second])
        first = (q_first - (p[0] * q_first).sum())[tree.words[:, 0]]
        second = torch.cat([torch.zeros(1), (q_second - v_second[:, None]).reshape(-1)])
        advantage = torch.stack([first, second], -1)
    group, chance = tree.every(1)
    tokens_each = tree.mask.sum() / 7  # what the mean over the batch divides by
    loss = ppo(replace(group, info={"advantage": advantage[:, None]}))
    same(tree.gradient((loss * chance).sum()) * tokens_each, -tree.gradient(tree.value()))
