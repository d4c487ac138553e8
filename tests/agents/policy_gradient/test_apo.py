"""APO: weights by difficulty and length, written out."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same

from rewardlab.agents.policy_gradient import apo, grpo
from rewardlab.agents.policy_gradient.apo import easier, longer
from rewardlab.core.errors import BadOption


def binary(rights):
    """One group of 8 for each number of right answers."""
    group = random_group(len(rights), 8, tokens=9)
    return replace(group, reward=np.array([[1.0] * k + [0.0] * (8 - k) for k in rights]))


def test_a_success_is_held_by_how_easy_the_prompt_is():
    group = binary([7, 4, 1])  # difficulties 1/8, 1/2, 7/8
    a = group.reward - group.reward.mean(-1, keepdims=True)
    w = easier(group, a)
    for p, expected in enumerate([0.9073, 0.7431, 0.2881]):
        same(w[p][group.reward[p] > 0], np.full(int(group.reward[p].sum()), expected), rtol=0, atol=5e-5)
        assert (w[p][group.reward[p] == 0] == 1).all()


def test_a_long_wrong_answer_is_pushed_up_to_twice_as_hard():
    group = binary([3, 5])
    v = longer(group, 1.3)
    for p, i in np.ndindex(2, 8):
        mean = group.mask.sum(-1)[p][group.reward[p] > 0].mean()
        excess = group.mask[p, i].sum() - mean
        expected = 1 + (1 - 1.3**-excess) if group.reward[p, i] == 0 and excess > 0 else 1.0
        assert v[p, i] == pytest.approx(expected, rel=1e-12)
    assert (v >= 1).all() and (v < 2).all() and (v > 1).any()


def test_groups_of_one_kind_are_those_of_grpo_to_the_bit():
    group = binary([0, 8])
    assert (longer(group, 1.3) == 1).all()
    same(apo(group, beta=0.2, base=1.3), grpo(group, beta=0.2), rtol=0, atol=0)


def test_the_loss_is_the_equation():
    group, beta = binary([3, 6]), 0.2
    a = (group.reward - group.reward.mean(-1, keepdims=True)) / (group.reward.std(-1, keepdims=True) + 1e-6)
    rho = np.exp(group.logp - group.old_logp)
    pushed = (a * longer(group, 1.3))[..., None]
    d = group.ref_logp - group.logp
    k = (easier(group, a)[..., None] * (np.exp(d) - d - 1)) * beta
    loss = np.maximum(-rho * pushed, -np.clip(rho, 0.8, 1.2) * pushed) + k
    same(apo(group, beta=beta, base=1.3), ((loss * group.mask).sum(-1) / group.mask.sum(-1)).mean(-1))


def test_a_base_is_at_least_1():
    with pytest.raises(BadOption, match="base"):
        apo(binary([3]), base=0.9)
