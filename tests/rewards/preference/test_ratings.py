import numpy as np
import pytest
import torch
from judged import PLAIN, WEIGHT, draw, near, standard_errors, vectors, weights

from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.rewards import OrdinalRatings, RatingRegression, vector_items
from rewardlab.rewards.preference.likelihoods import ordinal_logs

X = vectors(3000, 1)
CUTS = np.array([-2.0, -0.5, 0.1, 1.5])  # uneven
NOISE = np.random.default_rng(3).normal(size=(3000, 1))


def graded(cuts=CUTS, x=X, seed=1):
    return vector_items(x, rating=draw(ordinal_logs(x[:, 0] @ WEIGHT, cuts), seed=seed)[:, None])


def test_regression_is_least_squares():
    rating = X @ WEIGHT + 1.5 + 0.5 * NOISE
    model = RatingRegression(batch_size=3000, **PLAIN)
    log = model.fit(vector_items(X, rating=rating), epochs=300)[-1]
    near(weights(model), WEIGHT, 0.5 * np.sqrt(np.diag(np.linalg.inv(X[:, 0].T @ X[:, 0]))))
    scores = model.segment_scores(vector_items(X)).numpy()
    assert log["loss"] == pytest.approx(0.25, rel=0.1) and scores.mean() == pytest.approx(1.5, abs=0.05)
    assert log["held_out"] == pytest.approx((np.abs(scores.mean(0) - rating) < 0.5).mean(), abs=0.02)


def test_the_ordinal_model_recovers_weights_and_uneven_steps():
    model = OrdinalRatings(batch_size=3000, **PLAIN)
    model.fit(graded(), epochs=300)
    truth = np.concatenate([WEIGHT, np.diff(CUTS)])
    error = standard_errors(lambda p: ordinal_logs(X[:, 0] @ p[:3], -2 + np.r_[0, p[3:].cumsum()]), truth)
    near(np.concatenate([weights(model), np.diff(model.cuts)], -1), truth, error)


@pytest.mark.parametrize("cuts", [CUTS, np.array([-1.5, -0.5, 0.5, 1.5])], ids=["uneven", "symmetric"])
def test_what_it_foretells_comes_true_as_often_as_it_says(cuts):
    model, test = OrdinalRatings(batch_size=3000, **PLAIN), graded(cuts, vectors(20000, 1, seed=7), seed=8)
    model.fit(graded(cuts), epochs=300)
    chance = model.answers(test).mean(0)[:, 0]  # [P, C]
    for grade in range(5):
        came = test.info["rating"][:, 0] == grade
        order = np.argsort(chance[:, grade]).reshape(5, -1)  # five bins of 4,000
        said, seen = chance[order, grade].mean(-1), came[order].mean(-1)
        assert (np.abs(said - seen) < 0.005 + 4 * np.sqrt(said * (1 - said) / 4000)).all()


def test_two_grades_are_one_cut():
    model = OrdinalRatings(grades=2)
    model.fit(vector_items(X[:50], rating=(X[:50] @ WEIGHT > 0) * 1), epochs=2)
    assert model.cuts.shape == (3, 1)
    np.testing.assert_allclose(model.answers(vector_items(X[:9])).sum(-1), 1, rtol=1e-6)


@pytest.mark.parametrize("cls", [RatingRegression, OrdinalRatings])
def test_several_rated_together_are_each_rated(cls):
    x, rating = vectors(40, 2), np.random.default_rng(0).integers(0, 5, (40, 2)).astype(float)
    model = cls()
    model(vector_items(x))
    pairs, single = torch.tensor(x @ WEIGHT)[None], torch.tensor(x.reshape(80, 1, 3) @ WEIGHT)[None]
    together = model.losses(pairs, {"rating": torch.tensor(rating)})
    alone = model.losses(single, {"rating": torch.tensor(rating.reshape(80, 1))})
    torch.testing.assert_close(together, alone.reshape(-1, 40, 2).sum(-1))


def test_ratings_that_cannot_be_used_are_left_out():
    rating = np.array([0.0, np.nan, 4.0, 5.0, 1.5, -1.0])[:, None]
    for cls, kept in ((OrdinalRatings, 2), (RatingRegression, 5)):
        with pytest.warns(UserWarning, match="cannot be used"):
            log = cls().fit(vector_items(X[:6], rating=rating), epochs=1)[-1]
        assert log["pairs"] == kept and np.isfinite(log["loss"])


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="grades=1"):
        OrdinalRatings(grades=1)
    with pytest.raises(BadOption, match="no cuts yet"):
        _ = OrdinalRatings().cuts
    for cls in (OrdinalRatings, RatingRegression):
        with pytest.raises(MissingColumn, match="rating"):
            cls().fit(vector_items(X))
        with pytest.raises(BadBatch, match=r"\[P, G\]"):
            cls().fit(vector_items(X, rating=np.zeros(3000)))
