import numpy as np
import pytest
import torch
from judged import PLAIN, WEIGHT, draw, near, standard_errors, vectors, weights
from scipy.optimize import minimize
from scipy.special import expit

from rewardlab.core.errors import BadBatch, MissingColumn
from rewardlab.rewards import BradleyTerry, RatingRegression, ScaledBradleyTerry, vector_items
from rewardlab.rewards.preference.kernel import preference_loss
from rewardlab.rewards.preference.likelihoods import logistic_logs, scaled_loss

RNG = np.random.default_rng(0)
X = vectors(2000, 2)
LABEL = 1.0 - draw(logistic_logs(X @ WEIGHT))
STRENGTH = RNG.integers(1, 4, 2000)


def test_a_strength_of_m_is_m_pairs_in_loss_and_gradient():
    again = np.repeat(np.arange(2000), STRENGTH)
    slopes, values = [], []
    for rows, strength in ((np.arange(2000), STRENGTH), (again, np.ones(len(again)))):
        w = torch.tensor(WEIGHT / 2, requires_grad=True)
        scores = torch.as_tensor(X[rows]) @ w
        loss = scaled_loss(scores, torch.as_tensor(LABEL[rows]), torch.as_tensor(strength)).sum()
        values.append(float(loss.detach()))
        slopes.append(torch.autograd.grad(loss, w)[0].numpy())
    assert values[0] == pytest.approx(values[1], rel=1e-12)
    np.testing.assert_allclose(slopes[0], slopes[1], rtol=1e-10)


def test_pairs_that_are_all_slight_are_bradley_terry():
    items = vector_items(X[:200], label=LABEL[:200], strength=np.ones(200))
    a, b = ScaledBradleyTerry(seed=3), BradleyTerry(seed=3, error=0.0)
    assert a.fit(items, epochs=2)[-1] == pytest.approx(b.fit(items, epochs=2)[-1])
    np.testing.assert_allclose(a(items), b(items), rtol=1e-5, atol=1e-6)


def test_it_recovers_the_weights_if_strength_does_not_depend_on_the_side():
    model = ScaledBradleyTerry(batch_size=2000, **PLAIN)
    model.fit(vector_items(X, label=LABEL, strength=STRENGTH), epochs=250)
    # weights m cost m² / m̄² of the variance, on average 14/3 / 4
    error = standard_errors(lambda w: logistic_logs(X @ w), WEIGHT) * np.sqrt(14 / 12)
    near(weights(model), WEIGHT, error)


def test_of_all_pairs_of_a_table_the_best_scores_are_the_log_odds():
    """Population losses over a table of four items, each pair with a strength of its own."""
    quality = np.array([0.0, 0.7, -1.1, 1.9])
    i, j = np.triu_indices(4, 1)
    p, strength = expit(quality[i] - quality[j]), np.arange(1.0, 7.0)

    def loss(q):
        scores = np.stack([q[i], q[j]], -1)
        return (
            p * scaled_loss(scores, np.ones(6), strength) + (1 - p) * scaled_loss(scores, np.zeros(6), strength)
        ).sum()

    found = minimize(loss, np.zeros(4), tol=1e-12).x
    np.testing.assert_allclose(found - found[0], quality, atol=1e-4)
    np.testing.assert_allclose(
        preference_loss(np.log(p / (1 - p)), p).sum(), -(p * np.log(p) + (1 - p) * np.log(1 - p)).sum()
    )


def test_it_starts_from_a_regression_on_ratings():
    rating = (X @ WEIGHT + 2)[:300]
    first = RatingRegression(hidden=(16,), lr=1e-2, seed=1)
    first.fit(vector_items(X[:300], rating=rating), epochs=20)
    items = vector_items(X[:300], label=LABEL[:300], strength=STRENGTH[:300])
    started, cold = (ScaledBradleyTerry(hidden=(16,), seed=1) for _ in range(2))
    started.load_state_dict(first.state_dict())
    np.testing.assert_array_equal(started(items), first(items))
    assert started.fit(items, epochs=1)[0]["loss"] < cold.fit(items, epochs=1)[0]["loss"] - 0.1


def test_what_cannot_be_used_is_left_out_and_mistakes_are_named():
    strength = np.array([1.0, -1.0, np.nan, 2.0])
    items = vector_items(X[:4], label=np.array([1.0, 0.0, 1.0, 0.0]), strength=strength)
    with pytest.warns(UserWarning, match="2 of 4 judgements in 'strength'"):
        assert ScaledBradleyTerry().fit(items, epochs=1)[-1]["pairs"] == 2
    with pytest.raises(MissingColumn, match="strength"):
        ScaledBradleyTerry().fit(vector_items(X, label=LABEL))
    with pytest.raises(BadBatch, match=r"strength \[P\]"):
        ScaledBradleyTerry().fit(vector_items(X, label=LABEL, strength=np.ones((2000, 2))))
