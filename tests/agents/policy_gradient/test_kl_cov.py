"""KL-Cov holds the tokens of largest covariance, and no others."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.policy_gradient import grpo, kl_cov
from rewardlab.core.errors import BadOption

GROUP = random_group(6, 8, seed=4)


@pytest.mark.parametrize("fraction", [0.0, 1e-6])
def test_without_a_token_to_hold_it_is_grpo_to_the_bit(fraction):
    same(kl_cov(GROUP, fraction=fraction), grpo(GROUP), rtol=0, atol=0)


def test_the_held_tokens_are_pulled_back_by_their_ratio():
    a = ((GROUP.reward - GROUP.reward.mean(-1, keepdims=True)) / (GROUP.reward.std(-1, keepdims=True) + 1e-6))[
        ..., None
    ]
    counts = GROUP.mask != 0
    every = np.broadcast_to(a, counts.shape)
    c = (GROUP.logp - GROUP.logp[counts].mean()) * (every - every[counts].mean())
    number = int(0.1 * counts.sum())
    held = counts & (c >= np.sort(c[counts])[-number])
    assert held.sum() == number > 5
    rho = np.exp(GROUP.logp - GROUP.old_logp)
    pull = np.where(held, 0.7 * (rho - 1), 0) / GROUP.mask.sum(-1, keepdims=True) / 48
    ours = token_gradient(lambda g: kl_cov(g, fraction=0.1, beta=0.7), GROUP)
    same(ours, token_gradient(grpo, GROUP) + pull)
    k = np.where(held, rho - 1 - np.log(rho), 0).sum(-1) / GROUP.mask.sum(-1)
    same(kl_cov(GROUP, fraction=0.1, beta=0.7), grpo(GROUP) + 0.7 * k.mean(-1))


def test_on_policy_nothing_is_pulled():
    group = replace(GROUP, old_logp=GROUP.logp)
    same(token_gradient(lambda g: kl_cov(g, fraction=0.5), group), token_gradient(grpo, group))


@pytest.mark.parametrize("bad", [{"fraction": -0.1}, {"fraction": 2.0}, {"beta": -1.0}])
def test_a_number_outside_its_range_is_refused(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        kl_cov(GROUP, **bad)
