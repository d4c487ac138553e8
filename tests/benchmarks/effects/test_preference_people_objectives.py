"""Attributes, raters and tests as the task says, and that every side tells pairs apart."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_people_objectives as objectives

TINY = objectives.MultiAttr(rated=120, pairs=80, tests=100)


def attributes(world, items):
    return items.action[:, :, 0] @ np.linalg.inv(world._mix)


def test_ratings_hold_the_attribute_and_the_length_and_most_are_missing():
    world = objectives.Rated(objectives.MultiAttr(rated=4000), 0)
    items = world.ratings()
    a, rating = attributes(world, items)[:, 0], items.info["ratings"][:, 0]
    assert np.isnan(rating).mean() == pytest.approx(0.6, abs=0.02)
    for k in range(5):
        known = ~np.isnan(rating[:, k])
        found, *_ = np.linalg.lstsq(a[known][:, [k, 5]], rating[known, k], rcond=None)
        np.testing.assert_allclose(found, [1, 0.5], atol=0.05)


def test_adverse_pairs_have_the_worse_response_longer():
    world = objectives.Rated(TINY, 1)
    items = world.tests(adverse=True)
    a = attributes(world, items)
    kind = items.obs[:, 0, 0, :4].argmax(-1)
    worth = (a * objectives.WEIGHTS[kind][:, None]).sum(-1)
    np.testing.assert_array_equal(worth[:, 0] > worth[:, 1], items.info["label"] > 0.5)
    np.testing.assert_array_equal(a[:, 0, 5] < a[:, 1, 5], items.info["label"] > 0.5)


@pytest.mark.parametrize("options", [{}, {"correct": False}, {"gated": False}, {"even": True}])
def test_every_side_tells(options):
    found = objectives.tell(0, task=TINY, epochs=2, **options)
    assert found["accuracy"] > 55 and 0 < found["cosine"] <= 1


def test_one_network_tells():
    assert objectives.single(0, task=TINY, epochs=8)["accuracy"] > 50


def test_claims_name_sides_that_there_are():
    (effect,) = objectives.effects()
    assert {s for c in effect.claims for s in (c.side, c.against)} <= {a.side for a in effect.arms}
