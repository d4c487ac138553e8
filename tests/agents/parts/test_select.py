"""Prompts and responses that are kept, with their columns."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import as_torch, random_group

from rewardlab.agents.parts import select
from rewardlab.core.errors import MissingColumn

GROUP = random_group(4, 5)
GROUP = replace(GROUP, info={**GROUP.info, "difficulty": np.arange(4.0)})


@pytest.mark.parametrize("of", [lambda g: g, lambda g: as_torch(g, learns=())])
def test_prompts_of_equal_rewards_are_dropped_with_their_columns(of):
    reward = GROUP.reward.copy()
    reward[[0, 2]] = 0.1
    kept = select.varied(of(replace(GROUP, reward=reward)))
    np.testing.assert_array_equal(kept.reward, reward[[1, 3]])
    np.testing.assert_array_equal(kept.info["difficulty"], [1, 3])
    np.testing.assert_array_equal(kept.info["turn"], GROUP.info["turn"][[1, 3]])


@pytest.mark.parametrize("of", [lambda g: g, lambda g: as_torch(g, learns=())])
def test_ranks_are_those_of_the_reward(of):
    group = of(GROUP)
    order = np.argsort(-GROUP.reward, -1)
    np.testing.assert_array_equal(select.by_rank(group), order)
    best_worst = select.ranked(group, (0, -1))
    np.testing.assert_array_equal(best_worst.reward, np.stack([GROUP.reward.max(1), GROUP.reward.min(1)], 1))
    for p in range(4):
        np.testing.assert_array_equal(best_worst.logp[p], GROUP.logp[p, order[p, [0, -1]]])
        np.testing.assert_array_equal(best_worst.info["truncated"][p], GROUP.info["truncated"][p, order[p, [0, -1]]])
    np.testing.assert_array_equal(best_worst.info["difficulty"], np.arange(4.0))


def test_equals_keep_their_order():
    tied = replace(GROUP, reward=np.array([[1.0, 2, 2, 1, 2]] * 4))
    np.testing.assert_array_equal(select.by_rank(tied)[0], [1, 2, 4, 0, 3])
    np.testing.assert_array_equal(select.by_rank(as_torch(tied, learns=()))[0], torch.tensor([1, 2, 4, 0, 3]))


def test_cut_off_responses_have_no_tokens_but_keep_their_reward():
    cut = GROUP.info["truncated"]
    assert cut.any() and not cut.all()
    kept = select.overlong(GROUP)
    np.testing.assert_array_equal(kept.mask != 0, (GROUP.mask != 0) & ~cut[..., None])
    assert kept.reward is GROUP.reward
    with pytest.raises(MissingColumn, match="truncated"):
        select.overlong(replace(GROUP, info={}))


def test_a_stored_response_takes_a_place_with_its_columns():
    stored, at = random_group(4, 1, seed=7), np.zeros((4, 5), bool)
    at[[0, 3], [1, 4]] = True
    ours = select.replaced(GROUP, stored, at)
    for name in ("logp", "mask", "reward"):
        np.testing.assert_array_equal(getattr(ours, name)[at], getattr(stored, name)[[0, 3], 0])
        np.testing.assert_array_equal(getattr(ours, name)[~at], getattr(GROUP, name)[~at])
    np.testing.assert_array_equal(ours.info["truncated"][at], stored.info["truncated"][[0, 3], 0])
    np.testing.assert_array_equal(ours.info["difficulty"], GROUP.info["difficulty"])
