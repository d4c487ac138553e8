"""Induced Bayesian network: the pay beside the formulas written out, and its memory."""

import numpy as np
import pytest
from scipy import stats
from steps import as_torch, steps, without

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption, MissingColumn
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import InducedNetwork, vector_items
from rewardlab.rewards.preference.prefix_trees import (
    PrefixLikeness,
    different_pairs,
    inference_distance,
    posterior,
    prefix_tree,
)


def radial(x, y):
    return np.exp(-0.5 * ((x[:, None] - y[None]) ** 2).sum(-1))


def segments(p=12, t=3, *, seed=0):
    """Pairs of segments in the plane with measured gaps, some steps masked."""
    rng = np.random.default_rng(seed)
    obs = rng.normal(size=(p, 2, t, 2))
    gap, mask = rng.normal(size=p), rng.random((p, 2, t)) < 0.8
    return steps((p, 2, t), obs=obs).paying(np.zeros((p, 2, t)), label=(gap > 0) * 1.0, gap=gap, mask=mask)


def test_means_and_variances_are_those_of_one_joint_gaussian():
    """Conditioning the joint covariance of all steps, test steps and gaps by the textbook formula."""
    data, test = segments(), np.random.default_rng(9).normal(size=(5, 2))
    model = InducedNetwork(prior=radial, noise=0.4)
    model.fit(data)
    every = np.concatenate([data.obs.reshape(-1, 2), test])
    K = radial(every, every)
    signs = (data.info["mask"] * np.array([1.0, -1.0])[:, None]).reshape(12, -1)
    A = np.zeros((12, len(every)))
    for n in range(12):
        A[n, 6 * n : 6 * n + 6] = signs[n]
    gain = K @ A.T @ np.linalg.inv(A @ K @ A.T + 0.4 * np.eye(12))
    mean, S = gain @ data.info["gap"], K - gain @ A @ K
    batch = steps(5, obs=test)
    np.testing.assert_allclose(model(batch), mean[-5:], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.covariance(batch), S[-5:, -5:], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.uncertainty(batch), np.sqrt(np.diagonal(S)[-5:]), rtol=1e-9)
    np.testing.assert_allclose(model.distances(data), np.diagonal(A @ S @ A.T), rtol=1e-8)
    scores = np.stack([np.clip(A, 0, 1) @ mean, np.clip(-A, 0, 1) @ mean], 1)
    np.testing.assert_allclose(model.segment_scores(data), scores, rtol=1e-8, atol=1e-10)


def test_on_a_tree_it_has_the_posterior_of_the_tables():
    leaves, pairs = prefix_tree(depth=4), different_pairs(16, pairs=30)
    items = vector_items(leaves[pairs].astype(float), label=np.tile([1.0, 0.0], 15))
    model = InducedNetwork(prior=PrefixLikeness(), noise=1.3)
    model.fit(items)
    S = model.covariance(steps(16, obs=leaves))
    exact = posterior(PrefixLikeness()(leaves, leaves), *pairs.T, noise=1.3)
    np.testing.assert_allclose(S, exact, atol=1e-10)
    d = inference_distance(exact)
    np.testing.assert_allclose(model.distances(items), d[tuple(pairs.T)], rtol=1e-9)


def test_it_ranks_responses_whose_effects_follow_the_prefix():
    leaves, rng = prefix_tree(), np.random.default_rng(2)
    K = PrefixLikeness()(leaves, leaves)
    truth = np.linalg.cholesky(K) @ rng.normal(size=64)
    pairs = different_pairs(64, pairs=100, seed=3)
    gap = truth[pairs[:, 0]] - truth[pairs[:, 1]] + rng.normal(size=100)
    model = InducedNetwork(prior=PrefixLikeness())
    model.fit(vector_items(leaves[pairs] * 1.0, label=(gap > 0) * 1.0, gap=gap))
    pays = model(steps(64, obs=leaves))
    assert stats.spearmanr(pays, truth).statistic > 0.9
    with_labels = InducedNetwork(prior=PrefixLikeness())
    with_labels.fit(vector_items(leaves[pairs] * 1.0, label=(gap > 0) * 1.0))
    assert stats.spearmanr(with_labels(steps(64, obs=leaves)), truth).statistic > 0.7


def test_lessons_add_up_in_any_order_and_padding_teaches_nothing():
    data, batch = segments(), steps(4, obs=np.random.default_rng(5).normal(size=(4, 2)))
    whole, parts = InducedNetwork(prior=radial), InducedNetwork(prior=radial)
    whole.fit(data)
    parts.fit(data.rows(slice(7, None)))
    log = parts.update(data.rows(slice(0, 7)))
    assert log == {"induced_network/pairs": 12.0}
    np.testing.assert_allclose(parts(batch), whole(batch), atol=1e-10)
    poisoned = np.where(data.info["mask"][..., None], data.obs, 50.0)
    other = InducedNetwork(prior=radial)
    other.fit(without(data, obs=poisoned))
    np.testing.assert_allclose(other(batch), whole(batch), atol=1e-10)


def test_before_any_lesson_it_is_the_prior():
    model, batch = InducedNetwork(prior=radial), steps(4, obs=np.random.default_rng(5).normal(size=(4, 2)))
    assert (model(batch) == 0).all() and (model.uncertainty(batch) == 1).all()
    np.testing.assert_array_equal(model.covariance(batch), radial(batch.obs, batch.obs))
    assert model.update(batch) == {}


def test_laws_torch_and_memory():
    data, batch = segments(), steps(8, obs=np.random.default_rng(6).normal(size=(8, 2)))
    a, b, c = (InducedNetwork(prior=radial) for _ in range(3))
    a.fit(data)
    b.fit(as_torch(data))
    check_reward(a, batch)
    np.testing.assert_allclose(b(as_torch(batch)).numpy(), a(batch), rtol=1e-12)
    c.load_state_dict(a.state_dict())
    np.testing.assert_array_equal(c(batch), a(batch))
    assert a.fit(segments(seed=4)) == c.fit(segments(seed=4)) and (c(batch) == a(batch)).all()
    with pytest.raises(BadCheckpoint):
        c.load_state_dict({"points": np.zeros((0, 0))})


def test_mistakes_are_named():
    for noise in (0.0, -1.0, np.inf):
        with pytest.raises(BadOption, match="noise"):
            InducedNetwork(prior=radial, noise=noise)
    data = segments()
    with pytest.raises(MissingColumn, match="label"):
        InducedNetwork(prior=radial).fit(without(data, info={}))
    with pytest.raises(BadBatch, match="gaps"):
        InducedNetwork(prior=radial).fit(data.paying(data.reward, gap=np.full(12, np.nan)))
    with pytest.raises(BadBatch, match="several parts"):
        InducedNetwork(prior=radial)(without(steps(3), obs={"a": np.zeros(3)}))
