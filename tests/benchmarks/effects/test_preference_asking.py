"""Strategies of asking and kinds of feedback on small tasks."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_asking as asking
from rewardlab.rewards.preference import InformationGain, Uniform


def test_the_walk_sees_every_type_and_segments_of_one_length():
    steps = asking.walk(np.random.default_rng(0), steps=3000, rows=2)
    assert steps.shape == (3000, 2) and (steps.obs.sum(-1) == 1).all()
    seen = steps.obs.mean((0, 1))
    assert seen.min() > 0 and seen[:2].sum() > 0.4  # the first types are common, and the last ones are rare


def test_the_law_of_the_weights_is_the_exact_one():
    """Against a grid in two directions: mean and spread of a logistic posterior with many answers."""
    rng = np.random.default_rng(1)
    gaps = np.zeros((400, asking.TYPES))
    gaps[:, :2] = rng.normal(size=(400, 2))
    label = (rng.random(400) < 1 / (1 + np.exp(-gaps @ (np.arange(asking.TYPES) == 0)))).astype(float)
    model = asking.Posterior(rng, members=4000)
    model.fit(gaps, label)
    axis = np.linspace(-1, 3, 81)
    w = np.stack(np.meshgrid(axis, axis - 1, indexing="ij"), -1).reshape(-1, 2)
    z = w @ gaps[:, :2].T
    logs = (label * z - np.logaddexp(0, z)).sum(-1) - (w**2).sum(-1) / 2 / asking.STRENGTH**2
    p = np.exp(logs - logs.max())
    p /= p.sum()
    mean = p @ w
    cov = (w - mean).T @ ((w - mean) * p[:, None])
    np.testing.assert_allclose(model.w[:2], mean, atol=0.02)
    np.testing.assert_allclose(np.linalg.inv(model.curvature)[:2, :2], cov, atol=0.004)
    np.testing.assert_allclose(np.cov(model.drawn[:, :2].T), cov, atol=0.004)


def test_good_questions_need_fewer_answers():
    few, many = (
        np.mean([asking.labels_needed(np.random.default_rng(k), s(), count=1, most=120) for k in range(2)])
        for s in (InformationGain, Uniform)
    )
    assert few < 0.7 * many


@pytest.mark.parametrize("kind", asking.KINDS)
def test_every_kind_of_feedback_tells_something(kind, monkeypatch):
    monkeypatch.setattr(asking, "REPEATS", 1)
    assert 0.3 < asking.told(0, kind=kind, queries=60)["cosine"] < 1


def test_the_claims_name_sides_that_there_are():
    for effect in asking.effects():
        assert effect.name.startswith("preference_asking_")
        sides = {arm.side for arm in effect.arms}
        assert all({c.side, c.against} <= sides for c in effect.claims)
