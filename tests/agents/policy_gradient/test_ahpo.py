"""AHPO: the gate, and what passes it."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import mapped, random_group
from exact_groups import same, token_gradient

from rewardlab.agents.policy_gradient import ahpo, grpo
from rewardlab.core.errors import BadOption


def with_expert(rights, seed=0):
    """Groups of 6 own answers, so many of them right, and one expert at a random place, whose reward is unknown."""
    rng, p = np.random.default_rng(seed), len(rights)
    group, at = random_group(p, 7, seed=seed), rng.integers(0, 7, p)
    expert = np.arange(7) == at[:, None]
    reward = np.full((p, 7), np.nan)
    for i, k in enumerate(rights):
        reward[i, ~expert[i]] = rng.permutation([1.0] * k + [0.0] * (6 - k))
    return replace(group, reward=reward, info={"expert": expert}), expert


def own(group, expert):
    """The group without its expert."""
    return replace(mapped(group, lambda x: x[~expert].reshape(len(x), 6, *x.shape[2:])), info={})


def test_the_gate_is_the_indicator_of_too_few_successes():
    group, expert = with_expert([0, 1, 2, 3, 6])
    alone = grpo(own(group, expert))
    likelihood = ((group.logp * group.mask).sum(-1) / group.mask.sum(-1))[expert]
    same(ahpo(group), alone - np.array([1, 1, 0, 0, 0]) * likelihood, rtol=1e-9)
    same(ahpo(group, enough=0, weight=0.5), alone, rtol=1e-9)
    same(ahpo(group, enough=7, weight=0.5), alone - 0.5 * likelihood, rtol=1e-9)


def test_where_all_fail_the_gradient_is_that_of_imitation():
    group, expert = with_expert([0, 0])
    assert (token_gradient(grpo, own(group, expert)) == 0).all()
    imitation = -1.0 * expert[..., None] * group.mask / group.mask.sum(-1, keepdims=True) / 2
    same(token_gradient(ahpo, group), imitation)


def test_once_it_succeeds_the_expert_has_no_gradient_and_the_others_that_of_grpo():
    group, expert = with_expert([3, 4, 2], seed=1)
    grad = token_gradient(lambda g: ahpo(g, beta=0.1), group)
    assert (grad[expert] == 0).all()
    same(grad[~expert].reshape(3, 6, 5), token_gradient(lambda g: grpo(g, beta=0.1), own(group, expert)), rtol=1e-9)


def test_without_experts_it_is_grpo():
    group = random_group(4, 5)
    same(ahpo(replace(group, info={"expert": np.zeros((4, 5), bool)}), enough=0), grpo(group), rtol=1e-12)


@pytest.mark.parametrize("name", ["enough", "weight"])
def test_a_negative_number_is_refused(name):
    with pytest.raises(BadOption, match=name):
        ahpo(with_expert([1])[0], **{name: -1})
