import numpy as np
import pytest
import torch
from judged import PLAIN, WEIGHT, draw, near, standard_errors, vectors, weights
from scipy.stats import norm

from rewardlab.core.errors import BadOption
from rewardlab.rewards import BradleyTerry, Thurstone, vector_items
from rewardlab.rewards.preference.likelihoods import logistic_logs, thurstone_logs

X = vectors(3000, 2)
ITEMS = vector_items(X, label=1.0 - draw(thurstone_logs(X @ WEIGHT)))


def test_it_recovers_the_weights_of_a_teacher_with_normal_noise():
    model = Thurstone(error=0.0, batch_size=3000, **PLAIN)
    model.fit(ITEMS, epochs=250)
    near(weights(model), WEIGHT, standard_errors(lambda w: thurstone_logs(X @ w), WEIGHT))


def test_the_logistic_model_finds_the_same_direction_on_a_wider_scale():
    """Φ(d) is about σ(1.7 d): the wrong likelihood bends the scale, and hardly the direction."""
    model = BradleyTerry(error=0.0, batch_size=3000, **PLAIN)
    model.fit(ITEMS, epochs=250)
    found = weights(model).mean(0)
    assert found @ WEIGHT / np.linalg.norm(found) / np.linalg.norm(WEIGHT) > 0.995
    assert 1.5 < np.linalg.norm(found) / np.linalg.norm(WEIGHT) < 2.0


def test_probabilities_are_normal():
    model = Thurstone()
    model.fit(ITEMS.rows(slice(0, 100)), epochs=1)
    scores = model.segment_scores(ITEMS).double().numpy()
    np.testing.assert_allclose(model.probabilities(ITEMS), norm.cdf(scores[..., 0] - scores[..., 1]), rtol=1e-9)


def test_a_share_of_coins_bounds_what_one_label_can_cost():
    model = Thurstone(error=0.2)
    far, wrong = torch.tensor([[[30.0, -30.0]]]), {"label": torch.tensor([0.0])}
    assert float(model.losses(far, wrong)) == pytest.approx(-np.log(0.1), rel=1e-5)
    assert float(Thurstone(error=0.0).losses(far, wrong)) > 1000
    assert np.exp(logistic_logs(np.array([[3.0, 0.0]]))[0, 1]) > norm.cdf(-3.0)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="error=1"):
        Thurstone(error=1.0)
