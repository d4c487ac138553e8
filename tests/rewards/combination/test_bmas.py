"""Bidirectional similarity."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadBatch
from rewardlab.rewards import bidirectional_similarity, similarity_parts

V = 20
ONE_HOT = np.eye(V)


def test_a_text_is_like_itself_and_the_order_does_not_count():
    x = np.random.default_rng(0).normal(size=(7, 5))
    assert bidirectional_similarity(x, x) == pytest.approx(1)
    assert bidirectional_similarity(x[::-1], x) == pytest.approx(1)


def test_it_is_symmetric_and_in_range():
    rng = np.random.default_rng(1)
    for _ in range(20):
        x, y = rng.normal(size=(rng.integers(1, 6), 4)), rng.normal(size=(rng.integers(1, 6), 4))
        assert bidirectional_similarity(x, y) == pytest.approx(bidirectional_similarity(y, x))
        assert -1 <= bidirectional_similarity(x, y) <= 1


def test_with_orthogonal_tokens_it_is_the_mean_of_precision_and_recall():
    rng = np.random.default_rng(2)
    for _ in range(30):
        u, v = rng.integers(0, V, rng.integers(1, 9)), rng.integers(0, V, rng.integers(1, 9))
        precision, recall = np.isin(u, v).mean(), np.isin(v, u).mean()
        np.testing.assert_allclose(similarity_parts(ONE_HOT[u], ONE_HOT[v]), (precision, recall))
        assert bidirectional_similarity(ONE_HOT[u], ONE_HOT[v]) == pytest.approx((precision + recall) / 2)


@pytest.mark.parametrize("m", [1, 4, 10])
def test_both_hacks_are_punished(m):
    reference = ONE_HOT[:m]
    single, everything = ONE_HOT[:1], ONE_HOT
    assert similarity_parts(single, reference)[0] == 1 and similarity_parts(everything, reference)[1] == 1
    assert bidirectional_similarity(single, reference) == pytest.approx((1 + 1 / m) / 2)
    assert bidirectional_similarity(everything, reference) == pytest.approx((m / V + 1) / 2)


def test_nothing_and_tokens_without_direction_score_nothing():
    assert bidirectional_similarity(ONE_HOT[:0], ONE_HOT[:2]) == 0
    assert bidirectional_similarity(0 * ONE_HOT[:3], ONE_HOT[:2]) == 0
    assert np.isnan(bidirectional_similarity(ONE_HOT[:1] * np.nan, ONE_HOT[:2]))


def test_torch_scores_the_same_and_can_be_differentiated():
    x, y = np.random.default_rng(3).normal(size=(2, 4, 5))
    t = torch.tensor(x, requires_grad=True)
    told = bidirectional_similarity(t, torch.tensor(y))
    told.backward()
    assert told.item() == pytest.approx(float(bidirectional_similarity(x, y))) and t.grad.abs().sum() > 0


@pytest.mark.parametrize("shapes", [((2, 3), (2, 4)), ((2, 3), (0, 3)), ((3,), (2, 3))])
def test_embeddings_that_do_not_fit_are_refused(shapes):
    with pytest.raises(BadBatch, match="embeddings"):
        bidirectional_similarity(*(np.ones(s) for s in shapes))
