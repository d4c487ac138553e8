"""CREAM's label is a rank agreement, and its smallest loss lies where the label says."""

from functools import partial

import numpy as np
import pytest
from preference_tables import as_group, best_policy, gradient
from scipy.stats import kendalltau

from rewardlab.agents.direct_preference import cream, dpo
from rewardlab.agents.direct_preference.cream import consistency

REF = np.log([0.4, 0.6])


def told(rate):
    return {"info": {"consistency": np.array([rate])}}


@pytest.mark.parametrize("rate", [0.5, 0.7, 0.95])
def test_the_smallest_loss_has_the_margin_of_the_label(rate):
    found = best_policy(partial(cream, beta=0.4), REF, [[0, 1]], [1.0], **told(rate))
    h = np.log(found) - REF
    assert 0.4 * (h[0] - h[1]) == pytest.approx(np.log(rate / (1 - rate)), abs=1e-7)


def test_full_agreement_is_dpo_and_half_agreement_teaches_nothing():
    at = np.log([0.7, 0.3])
    np.testing.assert_array_equal(cream(as_group(at, REF, [[0, 1]], **told(1.0))), dpo(as_group(at, REF, [[0, 1]])))
    np.testing.assert_allclose(gradient(cream, REF, REF, [[0, 1]], [1.0], **told(0.5)), 0, atol=1e-17)


def test_agreement_is_kendalls():
    rng = np.random.default_rng(0)
    now, before = rng.normal(size=(2, 50, 5))
    tau = [kendalltau(a, b).statistic for a, b in zip(now, before, strict=True)]
    np.testing.assert_allclose(consistency(now, before), (1 + np.array(tau)) / 2, atol=1e-15)
    np.testing.assert_array_equal(consistency(now, now), 1)
    np.testing.assert_array_equal(consistency(now, -now), 0)
    np.testing.assert_array_equal(consistency(now, np.zeros_like(now)), 0.5)
    many = consistency(*rng.normal(size=(2, 20000, 5)))
    assert abs(many.mean() - 0.5) < 4 * many.std() / np.sqrt(20000)  # four standard errors


def test_agreement_is_the_share_of_pairs_in_the_same_order():
    now, before = np.array([[3.0, 2.0, 1.0, 0.0]]), np.array([[3.0, 1.0, 2.0, 0.0]])
    assert consistency(now, before)[0] == pytest.approx(5 / 6)
