"""MPO's split leaves clear labels on one side and noisy ones on the other; its two stages tilt twice."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from preference_tables import best_policy, labelled_pairs, random_table, total_variation

from rewardlab.agents.direct_preference import dpo, mpo_split
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.core.responses import beats, sigmoid, tilted


def labelled(gap, wins, of=np.asarray):
    """Pairs whose first response scores `gap` above the second, and is labelled the better one where it `wins`."""
    none = np.zeros((len(gap), 2, 1))
    score = np.stack([gap, np.zeros_like(gap)], -1)
    reward = np.stack([wins, ~wins], -1).astype(float)
    return Group(*(of(x) for x in (none, none, none, none + 1, reward)), {"score": of(score)})


def test_three_parts_by_hand():
    gap, wins = np.array([3.0, 0.5, 3.0, -0.2, -2.0]), np.array([True, True, False, True, False])
    found = mpo_split(labelled(gap, wins))  # gaps of the label 3, 0.5, −3, −0.2, 2; the median of their sizes is 2
    assert found.threshold == 2.0
    np.testing.assert_array_equal(found.easy, [True, False, False, False, False])
    np.testing.assert_array_equal(found.noise, [False, False, True, False, False])
    np.testing.assert_array_equal(found.hard, [False, True, False, True, True])


@pytest.mark.parametrize("quantile", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_every_pair_is_in_one_part(quantile, of):
    rng = np.random.default_rng(0)
    group = labelled(rng.normal(size=40), rng.random(40) < 0.5, of)
    found = mpo_split(group, quantile=quantile)
    np.testing.assert_array_equal(sum(np.asarray(x) * 1 for x in (found.easy, found.hard, found.noise)), 1)
    assert int(found.hard.sum()) == {0.0: 1, 0.3: 12, 1.0: 40}[quantile]


def test_clear_pairs_have_right_labels_and_the_others_often_wrong_ones():
    rng = np.random.default_rng(1)
    gap = 3.0 * rng.normal(size=20000)
    right = rng.random(20000) < sigmoid(np.abs(gap))
    found = mpo_split(labelled(np.abs(gap), right))
    kept = found.easy | found.noise
    # P(wrong | large gap) and P(wrong | small gap), by an integral over the same normal law
    grid = np.abs(3.0 * np.random.default_rng(2).normal(size=200000))
    wrong, small = sigmoid(-grid), grid <= np.median(grid)
    assert (~right)[kept].mean() == pytest.approx(wrong[~small].mean(), abs=4 * np.sqrt(0.02 / 10000))
    assert (~right)[found.hard].mean() == pytest.approx(wrong[small].mean(), abs=4 * np.sqrt(0.2 / 10000))
    assert (~right)[found.easy].mean() == 0  # what the reward model contradicts was left out
    assert (~right)[kept].mean() < 0.05 and (~right)[found.hard].mean() > 0.25


def test_two_stages_are_two_tilts():
    ref, reward = random_table(5, seed=8)
    pairs, weight = labelled_pairs(beats(reward), np.exp(ref))
    first = best_policy(partial(dpo, beta=0.5), ref, pairs, weight)
    second = tilted(first, reward, 0.8)  # what learning online against the first policy ends at
    assert total_variation(second, tilted(np.exp(ref), reward, 1 / (1 / 0.5 + 1 / 0.8))) < 1e-6


def test_what_is_missing_or_wrong_is_named():
    group = labelled(np.ones(3), np.ones(3, bool))
    with pytest.raises(MissingColumn, match="score"):
        mpo_split(replace(group, info={}))
    with pytest.raises(BadBatch, match="score"):
        mpo_split(replace(group, info={"score": np.zeros(3)}))
    for quantile in (-0.1, 1.1, float("nan")):
        with pytest.raises(BadOption, match="quantile"):
            mpo_split(group, quantile=quantile)
