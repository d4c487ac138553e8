"""GHPO: hints come only where all fail, as much as is needed, and as often as the closed form says."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import as_torch, random_group
from exact_groups import same

from rewardlab.agents.policy_gradient import beginning, ghpo, grpo, guided
from rewardlab.core.errors import BadOption

G, V, L = 8, 4, 8


def asked(rates, seed=0, tokens=(5, 3, 4, 6)):
    """Groups of prompts whose chance of success grows with what is shown; and a list of what was asked."""
    rng, calls = np.random.default_rng(seed), []

    def ask(at, share):
        calls.append((at.tolist(), share))
        group = random_group(len(at), G, tokens[int(4 * share)], seed=len(calls))
        reward = (rng.random((len(at), G)) < np.array([rates[share][k] for k in at])[:, None]).astype(float)
        return replace(group, reward=reward, info={"tokens": np.full(group.mask.shape, int(100 * share))})

    return ask, calls


def test_each_prompt_is_shown_no_more_than_it_needs():
    rates = {0.0: [1, 0, 0, 0, 0], 0.25: [9, 1, 0, 0, 0], 0.5: [9, 9, 1, 0, 0], 0.75: [9, 9, 9, 1, 0]}
    ask, calls = asked(rates)
    group, shown = guided(ask, 5)
    assert shown.tolist() == [0.0, 0.25, 0.5, 0.75, 0.75]
    assert calls == [([0, 1, 2, 3, 4], 0.0), ([1, 2, 3, 4], 0.25), ([2, 3, 4], 0.5), ([3, 4], 0.75)]
    assert group.logp.shape == (5, G, 6) and (group.mask[0, :, 5:] == 0).all()
    own = group.mask != 0
    assert [set(group.info["tokens"][p][own[p]].tolist()) for p in range(5)] == [{0}, {25}, {50}, {75}, {75}]
    assert group.reward.sum(-1).tolist() == [G, G, G, G, 0]
    assert guided(asked(rates)[0], 5, warming=True)[1].tolist() == [0, 0.5, 0.5, 0.5, 0.5]


def test_what_is_solved_without_a_hint_has_the_loss_of_grpo_to_the_bit():
    ask, _ = asked({0.0: [0.5, 0.5], 0.25: [0, 0]})
    plain = asked({0.0: [0.5, 0.5]})[0](np.arange(2), 0.0)
    group, shown = guided(ask, 2)
    assert (shown == 0).all()
    np.testing.assert_array_equal(grpo(group), grpo(plain))


def test_a_mended_group_has_of_each_prompt_the_loss_of_its_own_group():
    group, by = random_group(4, G, 5, seed=1), random_group(2, G, 7, seed=2)
    mixed = ghpo.put(replace(group, info={}), np.array([1, 3]), replace(by, info={}))
    same(grpo(mixed)[[0, 2]], grpo(group)[[0, 2]])
    same(grpo(mixed)[[1, 3]], grpo(by))
    one, other = (replace(as_torch(x), info={}) for x in (group, by))
    tensors = ghpo.put(one, np.array([1, 3]), other)
    same(grpo(tensors), grpo(mixed))
    grpo(tensors).mean().backward()
    assert (one.logp.grad[[1, 3]] == 0).all() and one.logp.grad.abs().max() > 0 and other.logp.grad.abs().max() > 0


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_the_share_of_groups_that_teach_is_the_closed_form(share):
    """A uniform policy on a code of L symbols out of V; to three standard errors."""
    n, code = 4000, np.random.default_rng(0).integers(V, size=L)
    left = L - len(beginning(code, share))
    p = float(V) ** -left
    said = np.random.default_rng(1).integers(V, size=(n, G, left))
    right = (said == code[L - left :]).all(-1).sum(-1)
    taught = ((right > 0) & (right < G)).mean()
    expected = 1 - (1 - p) ** G - p**G
    assert abs(taught - expected) <= 3 * np.sqrt(expected * (1 - expected) / n)


def test_a_part_of_a_solution():
    assert beginning("abcdefgh", 0.25) == "ab" and beginning("abc", 0.5) == "ab" and beginning("abc", 0) == ""
    for wrong in (-0.1, 1.1):
        with pytest.raises(BadOption, match="share"):
            beginning("abc", wrong)
    with pytest.raises(BadOption, match="stages"):
        guided(asked({0.0: [0]})[0], 1, stages=(0.0,))
    assert torch.is_tensor(ghpo.put(as_torch(random_group(1, 2)), np.array([0]), as_torch(random_group(1, 2))).logp)
