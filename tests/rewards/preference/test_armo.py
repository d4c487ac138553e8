from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.rewards import ArmoRM, pearson_shares, rank_shares, response_items

NAMES = ("correct", "kind", "clear", "long")
TRUE = np.random.default_rng(5).normal(size=(6, 4))  # responses -> objectives
TRUE[:, 2] += 0.7 * TRUE[:, 3]


def rated(items, *, missing=0.6, noise=0.1, seed=0):
    """Two responses a prompt with ratings, most of them missing; what raters say of clarity follows the length."""
    rng = np.random.default_rng(seed)
    prompts, responses = np.eye(4)[rng.integers(0, 4, items)], rng.normal(size=(items, 2, 6))
    ratings = responses @ TRUE + noise * rng.normal(size=(items, 2, 4))
    ratings[rng.random(ratings.shape) < missing] = np.nan
    return response_items(prompts, responses, ratings=ratings)


WEIGHTS = np.array([[0.8, 0.1, 0.1, 0.0], [0.1, 0.8, 0.1, 0.0], [0.1, 0.1, 0.8, 0.0], [0.4, 0.4, 0.2, 0.0]])


def preferred(model, items, *, seed=1):
    """The items with labels of people who weigh r' by the kind of the prompt."""
    kind = items.obs[:, 0, 0].argmax(-1)
    worth = (model.scores(items)[:, :, 0] * WEIGHTS[kind][:, None]).sum(-1)
    chance = 1 / (1 + np.exp(-20 * (worth[:, 0] - worth[:, 1])))
    label = (np.random.default_rng(seed).random(len(chance)) < chance) * 1.0
    return items.paying(items.reward, label=label)


ITEMS = rated(300)


@pytest.mark.parametrize("ridge", [0.1, 30.0])
def test_each_head_is_the_ridge_regression_on_what_was_rated(ridge):
    model = ArmoRM(objectives=NAMES, ridge=ridge)
    model.fit_heads(ITEMS)
    h = np.concatenate([ITEMS.obs, ITEMS.action], -1).reshape(600, -1).astype(np.float32).astype(np.float64)
    for i, name in enumerate(NAMES):
        rating = ITEMS.info["ratings"].reshape(600, 4)[:, i]
        known = ~np.isnan(rating)
        assert 150 < known.sum() < 330, name
        mapped = (rating[known] - rating[known].min()) / np.ptp(rating[known])
        x = np.concatenate([h[known], np.ones((known.sum(), 1))], 1)
        shrunk = np.sqrt(ridge) * np.eye(11)[:10]
        best, *_ = np.linalg.lstsq(np.concatenate([x, shrunk]), np.concatenate([mapped, np.zeros(10)]), rcond=None)
        np.testing.assert_allclose(model.heads[i], best, atol=1e-7)


@pytest.mark.parametrize(
    ("shares", "corr", "left"), [(pearson_shares, stats.pearsonr, 1e-8), (rank_shares, stats.spearmanr, 2e-3)]
)
def test_after_the_correction_no_objective_follows_verbosity(shares, corr, left):
    plain, model = (ArmoRM(objectives=NAMES, verbosity=v, decorrelate=shares) for v in (None, "long"))
    for m in (plain, model):
        m.fit_heads(ITEMS)
    long, found = plain.scores(ITEMS)[..., 3].ravel(), model.scores(ITEMS).reshape(600, 4)
    assert abs(corr(plain.scores(ITEMS)[..., 2].ravel(), long)[0]) > 0.3
    for i in range(3):
        assert abs(corr(found[:, i], long)[0]) < left
    np.testing.assert_allclose(found[:, 3], 0, atol=1e-12)  # verbosity itself is worth nothing any more


def test_another_reference_set_decides():
    model, other = ArmoRM(objectives=NAMES, verbosity="long", decorrelate=pearson_shares), rated(50, seed=8)
    model.fit_heads(ITEMS, reference=other)
    long = (np.concatenate([other.obs, other.action], -1).astype(np.float32) @ model.heads[3, :-1]).ravel()
    assert abs(np.corrcoef(model.scores(other)[..., 0].ravel(), long)[0, 1]) < 1e-6


def test_the_gate_sums_to_one_and_sees_the_prompt_alone():
    model = ArmoRM(objectives=NAMES, verbosity="long")
    model.fit_heads(ITEMS)
    model.fit_gate(preferred(model, ITEMS), epochs=2)
    g = model.weights(ITEMS)
    np.testing.assert_allclose(g.sum(-1), 1, atol=1e-6)
    np.testing.assert_array_equal(model.weights(replace(ITEMS, action=ITEMS.action[::-1])), g)
    assert np.abs(model.weights(replace(ITEMS, obs=ITEMS.obs[::-1])) - g).max() > 1e-3


def test_the_gate_finds_what_each_kind_of_prompt_weighs_and_the_heads_stay():
    model = ArmoRM(objectives=NAMES, verbosity="long", hidden=(32,), lr=3e-3)
    model.fit_heads(ITEMS)
    heads = model.heads.copy()
    log = model.fit_gate(preferred(model, rated(2000, seed=2)), epochs=20)
    np.testing.assert_array_equal(model.heads, heads)
    g = model.weights(response_items(np.eye(4), np.zeros((4, 1, 6))))[:, 0, 0, :3]
    cosine = (g * WEIGHTS[:, :3]).sum(-1) / np.linalg.norm(g, axis=-1) / np.linalg.norm(WEIGHTS[:, :3], axis=-1)
    assert cosine.min() > 0.95 and log[-1]["loss"] < log[0]["loss"]


def test_contributions_are_parts_of_the_pay():
    model = ArmoRM(objectives=NAMES)
    model.fit(preferred(model, ITEMS), epochs=1)
    parts = model.parts(ITEMS)
    assert tuple(parts) == NAMES
    np.testing.assert_allclose(sum(parts.values()), model(ITEMS), atol=1e-6)
    np.testing.assert_allclose(model.segment_scores(ITEMS), model(ITEMS)[..., 0], atol=1e-6)
    gap = model.segment_scores(ITEMS) @ [1, -1]
    chance = model.probabilities(ITEMS)[0]
    np.testing.assert_allclose(np.log(chance / (1 - chance)) / gap, np.full(300, 10.0), rtol=0.05)  # b is near 10 still


def test_a_frozen_encoder_may_stand_before_the_heads():
    model = ArmoRM(objectives=("square",), features=lambda b: b.action[..., :1] ** 2, ridge=1e-9)
    model.fit_heads(response_items(ITEMS.obs[:, 0, 0], ITEMS.action[:, :, 0], ratings=ITEMS.action[:, :, 0, :1] ** 2))
    span = np.ptp(ITEMS.action[..., 0] ** 2)
    np.testing.assert_allclose(model.heads[0, 0], 1 / span, rtol=1e-6)


def test_mistakes_are_named():
    for bad in ({"objectives": ()}, {"objectives": ("a", "a")}, {"objectives": ("a",), "verbosity": "b"}):
        with pytest.raises(BadOption, match="objectives"):
            ArmoRM(**bad)
    for name in ("ridge", "scale", "batch_size"):
        with pytest.raises(BadOption, match=name):
            ArmoRM(objectives=NAMES, **{name: 0})
    with pytest.raises(MissingColumn, match="ratings"):
        ArmoRM(objectives=NAMES).fit_heads(response_items(np.zeros((2, 1)), np.zeros((2, 2, 1))))
    nobody = ITEMS.info["ratings"].copy()
    nobody[..., 1] = np.nan
    for ratings in (nobody, nobody[..., :3]):
        with pytest.raises(BadBatch, match="ratings"):
            ArmoRM(objectives=NAMES).fit_heads(ITEMS.paying(ITEMS.reward, ratings=ratings))
    long = ITEMS.map(lambda x: np.repeat(x, 2, axis=2) if x.ndim > 2 else x)
    with pytest.raises(BadBatch, match="responses"):
        ArmoRM(objectives=NAMES).fit_heads(long.paying(long.reward, ratings=ITEMS.info["ratings"]))
