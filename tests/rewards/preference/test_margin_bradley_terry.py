import numpy as np
import pytest
from judged import vectors
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit

from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.rewards import BradleyTerry, MarginBradleyTerry, vector_items
from rewardlab.rewards.preference.likelihoods import margin_loss

X = vectors(200, 2)
LABEL = (X[:, 0, 0] > X[:, 1, 0]) * 1.0


@pytest.mark.parametrize("margin", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("p", [0.6, 0.8, 0.95])
def test_its_best_gap_is_not_the_log_odds(p, margin):
    """On a table of two items, preferred with probability p: p σ(m − D) = (1 − p) σ(m + D)."""

    def loss(gap):
        scores = np.array([[gap, 0.0]])
        return float(sum(w * margin_loss(scores, np.array([y]), margin)[0] for w, y in ((p, 1.0), (1 - p, 0.0))))

    found = minimize_scalar(loss, bounds=(-20, 20), method="bounded", options={"xatol": 1e-10}).x
    expected = brentq(lambda d: p * expit(margin - d) - (1 - p) * expit(margin + d), -20, 20)
    assert found == pytest.approx(expected, abs=1e-5) and abs(expit(found) - p) > 0.005


def test_without_a_margin_it_is_bradley_terry():
    for options, strength in (({"margin": 0.0}, np.ones(200)), ({}, np.zeros(200))):
        items = vector_items(X, label=LABEL, strength=strength)
        a, b = MarginBradleyTerry(seed=3, **options), BradleyTerry(seed=3, error=0.0)
        assert a.fit(items, epochs=2)[-1] == pytest.approx(b.fit(items, epochs=2)[-1])


def test_a_wider_margin_spreads_the_scores():
    gaps = []
    for strength in (0.0, 3.0):
        model = MarginBradleyTerry(hidden=(), lr=1e-2)
        model.fit(vector_items(X, label=LABEL, strength=np.full(200, strength)), epochs=20)
        scores = model.segment_scores(vector_items(X)).numpy()
        gaps.append(np.abs(scores[..., 0] - scores[..., 1]).mean())
    assert gaps[1] > 1.3 * gaps[0]


def test_mistakes_are_named():
    for margin in (-1.0, np.inf):
        with pytest.raises(BadOption, match="margin="):
            MarginBradleyTerry(margin=margin)
    with pytest.raises(MissingColumn, match="strength"):
        MarginBradleyTerry().fit(vector_items(X, label=LABEL))
