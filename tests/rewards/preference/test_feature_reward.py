import numpy as np
import pytest
from judged import standard_errors

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import Feature, FeatureReward, vector_items
from rewardlab.rewards.preference.likelihoods import logistic_logs

D = 7
TRUE = np.array([1.0, -0.8, 0.6, 0.5, -0.4, 0.3, 0.0])
LINEAR = {"hidden": (), "lr": 0.05, "weight_decay": 0.0}


def column(i):
    return lambda batch: batch.obs[..., i]


FEATURES = tuple(Feature(f"f{i}", column(i), -9, 9, about=f"number {i}") for i in range(D))


def pairs(count, *, seed):
    """Pairs judged by Bradley and Terry on seven standard numbers."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 2, D))
    gap = (x[:, 0] - x[:, 1]) @ TRUE
    return vector_items(x, label=(rng.random(count) < 1 / (1 + np.exp(-gap))) * 1.0)


def fitted(count, *, seed):
    model = FeatureReward(features=FEATURES, batch_size=count, **LINEAR)
    model.fit(pairs(count, seed=seed), epochs=120)
    return model


def recovered(model):
    """Weights [D] of a linear score, per unit of each feature."""
    scores = model.segment_scores(vector_items(np.concatenate([np.eye(D), np.zeros((1, D))])[None])).numpy()[0, 0]
    return scores[:D] - scores[D:]


def test_weights_are_found_at_the_rate_of_the_root_of_the_number_of_pairs():
    sizes, errors = (100, 400, 1600), []
    for n in sizes:
        errors.append(np.mean([((recovered(fitted(n, seed=s)) - TRUE) ** 2).sum() for s in range(6)]) ** 0.5)
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)
    x = pairs(1600, seed=0).obs[:, :, 0]
    bound = standard_errors(lambda w: logistic_logs(x @ w), TRUE)
    assert errors[-1] == pytest.approx(np.sqrt((bound**2).sum()), rel=0.35)  # what no estimate without bias beats


def test_with_200_pairs_it_foretells_labels_nearly_as_well_as_they_can_be():
    test, found = pairs(20000, seed=99), []
    label = test.info["label"]
    best = (((test.obs[:, 0, 0] - test.obs[:, 1, 0]) @ TRUE > 0) == (label > 0.5)).mean()
    for seed in range(4):
        chance = fitted(200, seed=seed).probabilities(test)[0]
        found.append(((chance > 0.5) == (label > 0.5)).mean())
    assert best - np.mean(found) < 0.02


def test_what_it_says_of_itself_is_exact_where_it_is_linear():
    model, before, after = fitted(400, seed=0), pairs(500, seed=1), pairs(500, seed=2)
    after.obs[..., 1] += 2.0
    weights = recovered(model)
    spread = pairs(400, seed=0).obs.reshape(-1, D).std(0)
    influence = model.influence(before)
    np.testing.assert_allclose(list(influence.values()), weights * spread, rtol=1e-4, atol=1e-5)
    assert list(influence) == [f.name for f in FEATURES]
    drift = model.drift(before, after)
    assert next(iter(drift)) == "f1" and drift["f1"].moved == pytest.approx(2 / spread[1], abs=0.15)
    change = model.segment_scores(after).numpy().mean() - model.segment_scores(before).numpy().mean()
    assert sum(d.paid for d in drift.values()) == pytest.approx(change, abs=1e-4)


def test_slopes_are_those_of_the_score():
    model = FeatureReward(features=FEATURES)
    model.fit(pairs(200, seed=0), epochs=5)
    x, step = np.random.default_rng(3).normal(size=(4, 1, D)), 1e-2
    deviation = model._norm._deviation.numpy()
    for i in range(D):
        near = [model.segment_scores(vector_items(x + s * step * np.eye(D)[i])).numpy()[0, :, 0] for s in (1, -1)]
        slope = model.slopes(vector_items(x))[:, 0, 0, i]
        np.testing.assert_allclose((near[0] - near[1]) / (2 * step) * deviation[i], slope, atol=5e-3)


def test_only_what_is_named_counts_and_nothing_beyond_its_range():
    model = FeatureReward(features=FEATURES[:2])
    model.fit(pairs(100, seed=0), epochs=1)
    x = np.random.default_rng(0).normal(size=(5, 1, D))
    other = x.copy()
    other[..., 2:] += 3
    np.testing.assert_array_equal(model.segment_scores(vector_items(x)), model.segment_scores(vector_items(other)))
    far = np.concatenate([np.full((1, 1, D), 9.0), np.full((1, 1, D), 1e6)])
    scores = model.segment_scores(vector_items(far)).numpy()[0]
    assert scores[0] == scores[1]


def test_mistakes_are_named():
    for bad in ((), (FEATURES[0], FEATURES[0]), (Feature("a", column(0), 1, 1),)):
        with pytest.raises(BadOption, match="features"):
            FeatureReward(features=bad)
    with pytest.raises(BadBatch, match="f0 in"):
        FeatureReward(features=(Feature("f0", column(0), 0, 5),)).fit(pairs(50, seed=0))
    with pytest.raises(BadBatch, match="wide has shape"):
        FeatureReward(features=(Feature("wide", lambda b: b.obs),)).fit(pairs(50, seed=0))
