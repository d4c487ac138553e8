"""Ratings and preferences of the same pairs: what annotators say, and that stages go on from one another."""

import numpy as np
import pytest
import torch

from rewardlab.benchmarks.effects import preference_likelihoods as rated
from rewardlab.rewards import SegmentModel

TINY = rated.RatedPairs(pairs=80, tests=200)


def test_qualities_and_judgements_are_as_the_task_says():
    judged = rated.Judged(rated.RatedPairs(pairs=4000), 0)
    q = judged.quality(judged.x)
    assert q.mean() == pytest.approx(2, abs=0.1) and q.std() == pytest.approx(1.2, abs=0.05)
    assert np.corrcoef(judged.ratings.ravel(), q.ravel())[0, 1] > 0.85
    assert judged.ratings.min() >= 0 and judged.ratings.max() <= 4
    wide = np.abs(q[:, 0] - q[:, 1]) > 1.5
    turned = np.sign(judged.preferences[wide]) != np.sign(q[:, :1] - q[:, 1:])[wide]
    assert turned.mean() == pytest.approx(0.15, abs=0.05)


def test_both_ways_to_join_annotators_drop_pairs_and_beat_one_annotator():
    judged = rated.Judged(rated.RatedPairs(pairs=3000), 1)
    first = judged.preferences[:, 0]
    q = judged.quality(judged.x)
    one = (np.sign(first) == np.sign(q[:, 0] - q[:, 1]))[first != 0].mean()
    for filtered in (True, False):
        items = judged.compared(filtered=filtered)
        q = judged.quality(items.obs[:, :, 0])
        assert ((q[:, 0] > q[:, 1]) == (items.info["label"] > 0.5)).mean() > one + 0.03
        assert 1500 < len(items) < 3000 and set(np.unique(items.info["strength"])) <= {1.0, 2.0, 3.0}


def test_the_quality_itself_is_all_right_and_best():
    judged = rated.Judged(TINY, 0)

    class Truth(SegmentModel):
        def segment_scores(self, items):
            return torch.as_tensor(judged.quality(items.obs[:, :, 0]))[None]

    found = judged.tested(Truth())
    assert found["accuracy"] == 100 and found["best_of"] > 3.5


@pytest.mark.parametrize("side", list(rated.SIDES))
def test_every_side_learns(side):
    found = rated.stages(0, make=rated.SIDES[side], epochs=10, task=rated.RatedPairs(pairs=250, tests=400))
    assert found["accuracy"] > 60 and found["best_of"] > 2


def test_stages_go_on_from_one_another_and_beyond():
    make = rated.SIDES["regression, then scaled"]
    both, alone = (rated.stages(0, make=m, epochs=3, task=TINY) for m in (make, rated.SIDES["scaled"]))
    beyond = rated.stages(0, make=make, epochs=3, beyond=0.5, task=TINY)
    assert both != alone and both != beyond
    assert rated.stages(0, make=make, epochs=3, task=TINY) == both


def test_gains_are_over_bradley_terry_on_the_same_seed():
    found = [rated.beside(1, make=rated.SIDES[k], epochs=15, task=TINY) for k in ("Bradley-Terry", "scaled")]
    assert found[0]["accuracy_gain"] == 0 == found[0]["best_of_gain"]
    assert found[1]["accuracy_gain"] == pytest.approx(found[1]["accuracy"] - found[0]["accuracy"])


def test_claims_name_sides_that_there_are():
    (effect,) = rated.effects()
    sides = {a.side for a in effect.arms}
    assert {s for c in effect.claims for s in (c.side, c.against)} <= sides
    assert effect.name.startswith("preference_likelihoods_")
