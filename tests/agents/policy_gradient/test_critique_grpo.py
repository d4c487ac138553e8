"""Critique-GRPO: the slope of the shaping, and what a refinement adds."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.parts import advantage, ratio, reduce, surrogate
from rewardlab.agents.policy_gradient import critique_grpo, grpo
from rewardlab.core.errors import BadOption


def with_refinements(group, number):
    off = np.zeros(group.reward.shape, dtype=bool)
    off[:, group.reward.shape[1] - number :] = True
    return replace(group, info={"off_policy": off}), off


def test_each_token_moves_by_its_own_weight():
    group, off = with_refinements(random_group(4, 5, seed=2), 2)
    a = (group.reward - group.reward.mean(-1, keepdims=True))[..., None]
    p, rho = np.exp(group.logp), np.exp(group.logp - group.old_logp)
    slope = np.where(off[..., None], 0.1 * p / (p + 0.1) ** 2, rho)
    same(token_gradient(critique_grpo, group), -a * slope * group.mask / group.mask.sum())


def test_the_weight_is_largest_at_gamma():
    p = np.linspace(0.001, 0.999, 999)
    group = random_group(1, 2, 999)
    logp = np.broadcast_to(np.log(p), (1, 2, 999))
    group, _ = with_refinements(
        replace(group, logp=logp, old_logp=logp, mask=np.ones((1, 2, 999)), reward=np.array([[0.0, 1.0]])), 1
    )
    weight = -token_gradient(lambda g: critique_grpo(g, gamma=0.3), group)[0, 1]
    assert p[weight.argmax()] == pytest.approx(0.3)


def test_without_refinements_it_is_the_unclipped_centred_loss():
    group, _ = with_refinements(random_group(4, 5), 0)
    plain = reduce.per_token(surrogate.plain(ratio.token(group), advantage.centred(group)), group.mask)
    same(critique_grpo(group), plain)


def test_one_right_refinement_gives_a_failed_prompt_a_gradient():
    group = random_group(1, 5)
    own = replace(group, reward=np.zeros((1, 5)))
    assert (token_gradient(grpo, own) == 0).all()
    rescued, _ = with_refinements(replace(group, reward=np.array([[0.0, 0, 0, 0, 1]])), 1)
    assert np.abs(token_gradient(critique_grpo, rescued)[0, 4]).max() > 1e-3


def test_a_refinement_has_no_old_law():
    group, off = with_refinements(random_group(4, 5), 2)
    unknown = replace(group, old_logp=np.where(off[..., None], np.nan, group.old_logp))
    same(critique_grpo(unknown), critique_grpo(group), rtol=0, atol=0)
    with pytest.raises(BadOption, match="gamma"):
        critique_grpo(group, gamma=0.0)
