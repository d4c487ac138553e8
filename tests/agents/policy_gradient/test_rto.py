"""RTO: for the exact optimum of DPO its token rewards sum to the reward, and its own optimum is that policy."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import random_group
from exact_groups import Tree, same

from rewardlab.agents.policy_gradient import rewards_to_go, token_rewards

BETA = 0.4


def optimum(tree):
    """The logits [3, 3] of π* ∝ π_ref exp(r/β), by soft values from the ends, and log Z."""
    reference = torch.log_softmax(tree.reference, -1)
    second = reference[1:] + torch.stack([tree.paid[1:4], tree.paid[4:7]]) / BETA
    first = reference[0] + torch.cat([tree.paid[:1] / BETA, torch.logsumexp(second, -1)])
    return torch.cat([first[None], second]), torch.logsumexp(first, 0)


def test_the_rewards_of_tokens_sum_to_the_reward_but_for_one_number():
    tree = Tree(seed=1)
    logits, log_z = optimum(tree)
    group = tree.of(torch.arange(7)[None])
    group = replace(group, info={"dpo_logp": tree.tokens(logits)[None]})
    paid = token_rewards(group, dense=BETA, price=0.0, final=0.0)
    same(paid.sum(-1)[0], tree.paid - BETA * log_z)


def test_the_optimum_is_the_policy_itself_and_no_potential_moves_it():
    """Soft backward induction with the rewards of tokens and a price of β gives π* back."""
    tree = Tree(seed=2)
    logits, _ = optimum(tree)
    table, reference = torch.log_softmax(logits, -1), torch.log_softmax(tree.reference, -1)
    for potential in (torch.zeros(2), torch.tensor([3.0, -1.0])):  # of the states after 1 and after 2; 0 at the ends
        r = BETA * (table - reference)
        r[0, 1:] += potential
        r[1:] -= potential[:, None]
        second = reference[1:] + r[1:] / BETA
        first = reference[0] + r[0] / BETA
        first = first + torch.cat([torch.zeros(1), torch.logsumexp(second, -1)])
        same(torch.softmax(first, -1), table[0].exp(), rtol=1e-12)
        same(torch.softmax(second, -1), table[1:].exp(), rtol=1e-12)


def test_credit_of_tokens_has_less_variance_than_one_reward_at_the_end():
    """Six independent tokens: what came before a token is no news of it, so returns to go vary less."""
    rng, n, t = np.random.default_rng(0), 4000, 6
    p = rng.dirichlet(np.ones(4), size=t)
    score = rng.normal(size=(t, 4))
    drawn = np.stack([rng.choice(4, size=n, p=p[i]) for i in range(t)], -1)
    reward = score[np.arange(t), drawn][:, None]  # [n, 1, t]
    onehot = np.eye(4)[drawn] - p  # ∇ log π of each token's logits
    dense = onehot * rewards_to_go(reward, np.ones((n, 1, t)))[:, 0, :, None]
    whole = onehot * reward.sum(-1)[..., None]
    same(dense.mean(0), whole.mean(0), rtol=0, atol=0.15)
    assert dense.var(0).sum() < 0.8 * whole.var(0).sum()


@pytest.mark.parametrize("gamma", [1.0, 0.9])
def test_returns_to_go_and_the_pay_of_the_last_token(gamma):
    group = random_group(3, 4)
    group = replace(group, info={"dpo_logp": group.logp})
    paid = token_rewards(group, dense=0.5, price=0.2, final=2.0)
    go = rewards_to_go(paid, group.mask, gamma)
    for p, i in np.ndindex(3, 4):
        n = int(group.mask[p, i].sum())
        r = 0.5 * (group.logp - group.ref_logp)[p, i, :n] - 0.2 * (group.old_logp - group.ref_logp)[p, i, :n]
        r[-1] += 2 * group.reward[p, i]
        same(paid[p, i], np.r_[r, np.zeros(5 - n)])
        same(go[p, i, :n], [sum(gamma ** (s - t) * r[s] for s in range(t, n)) for t in range(n)])
        assert (go[p, i, n:] == 0).all()
