from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from rewardlab.core.errors import BadOption
from rewardlab.rewards import BradleyTerry, SegmentModel, vector_items
from rewardlab.rewards.preference import model as shared


@dataclass(kw_only=True)
class Rated(SegmentModel):
    """Scores of single items are their ratings."""

    def checked(self, batch):
        return batch

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        return (scores[..., 0] - info["rating"]) ** 2

    def right(self, scores, info):
        return (scores[..., 0] - info["rating"]).abs() < 0.2, torch.ones(len(info["rating"]), dtype=torch.bool)


def rated(count=200, seed=0):
    x = np.random.default_rng(seed).normal(size=(count, 1, 3))
    return vector_items(x, rating=x[:, 0] @ np.array([1.0, -1.0, 0.5]))


def test_a_method_is_its_likelihood_alone():
    items = rated()
    method = Rated(seed=1)
    logs = method.fit(items, epochs=60)
    assert logs[-1]["loss"] < 0.02 < 0.5 < logs[0]["loss"] and logs[-1]["held_out"] > 0.8
    assert np.corrcoef(method(items)[:, 0, 0], items.info["rating"])[0, 1] > 0.99


def test_members_scores_and_uncertainty_belong_together():
    items = rated(20)
    method = Rated(members=4, weight_decay=0.0)
    method.fit(items, epochs=2)
    pays = method.member_pays(items)
    assert tuple(pays.shape) == (4, 20, 1, 1) and tuple(method.segment_scores(items).shape) == (4, 20, 1)
    np.testing.assert_allclose(method(items), pays.mean(0), rtol=1e-6)
    np.testing.assert_allclose(method.uncertainty(items), pays.std(0, correction=0), rtol=1e-6)


def test_probabilities_are_those_of_the_members_scores():
    x = np.random.default_rng(0).normal(size=(30, 2, 3))
    pairs = vector_items(x, label=(x[:, 0, 0] > x[:, 1, 0]).astype(float))
    method = BradleyTerry()
    method.fit(pairs, epochs=3)
    scores = method.segment_scores(pairs).double()
    chance = method.probabilities(pairs)
    np.testing.assert_allclose(chance, 1 / (1 + torch.exp(scores[..., 1] - scores[..., 0])), rtol=1e-6)
    assert chance.dtype == np.float64 and chance.shape == (3, 30)


def test_features_that_are_too_many_to_keep_teach_the_same(monkeypatch):
    items = rated(50)
    kept, anew = Rated(), Rated()
    kept.fit(items, epochs=2)
    monkeypatch.setattr(shared, "_KEPT", 0)
    anew.fit(items, epochs=2)
    assert (kept(items) == anew(items)).all()


def test_what_is_held_out_stays_so_in_a_set_that_grows():
    few, many = Rated(members=6)._bootstraps(30), Rated(members=6)._bootstraps(300)
    assert (few == many[:, :30]).all() and (few.sum(1) > 0).all()
    assert abs(float((many == 0).double().mean()) - np.exp(-1)) < 4 * np.sqrt(np.exp(-1) * (1 - np.exp(-1)) / 1800)
    assert (Rated(seed=1)._bootstraps(1) >= 1).all()


def test_it_must_say_how_likely_a_judgement_is_and_have_members():
    with pytest.raises(NotImplementedError, match="SegmentModel does not say how likely"):
        SegmentModel().fit(vector_items(np.zeros((3, 2, 1)), label=np.array([0.0, 1.0, 1.0])))
    for bad in ({"members": 0}, {"batch_size": 0}):
        with pytest.raises(BadOption, match="members >= 1"):
            Rated(**bad)
