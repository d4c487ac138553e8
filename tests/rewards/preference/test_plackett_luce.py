from itertools import permutations

import numpy as np
import pytest
from judged import PLAIN, WEIGHT, draw, near, standard_errors, vectors, weights

from rewardlab.core.errors import BadBatch, MissingColumn
from rewardlab.rewards import BradleyTerry, PlackettLuce, vector_items
from rewardlab.rewards.preference.likelihoods import plackett_luce_loss
from rewardlab.rewards.preference.plackett_luce import told

EVERY = np.array(list(permutations(range(4))))  # all rankings [24, 4]
X = vectors(1200, 4)


def whole(w):
    return -plackett_luce_loss((X @ w)[:, None], EVERY)  # [P, 24]


def best(w):
    scores = X @ w
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))


RANKS = EVERY[draw(whole(WEIGHT))]


@pytest.mark.parametrize(("rank", "answers"), [(RANKS, whole), ((RANKS > 0) * 1, best)], ids=["whole", "best of 4"])
def test_it_recovers_weights_from_whole_rankings_and_from_the_best_alone(rank, answers):
    model = PlackettLuce(batch_size=1200, **PLAIN)
    log = model.fit(vector_items(X, rank=rank), epochs=250)[-1]
    near(weights(model), WEIGHT, standard_errors(answers, WEIGHT))
    assert log["held_out"] > 0.5 and log["pairs"] == 1200


def test_a_whole_ranking_tells_more_than_its_best():
    assert (standard_errors(whole, WEIGHT) < 0.8 * standard_errors(best, WEIGHT)).all()


def test_lists_of_two_are_comparisons():
    label = RANKS[:100, 0] < RANKS[:100, 1]
    rank = np.stack([~label, label], -1).astype(np.int64)
    items = vector_items(X[:100, :2], rank=rank, label=label.astype(float))
    a, b = PlackettLuce(), BradleyTerry(error=0.0)
    for mine, theirs in zip(a.fit(items, epochs=3), b.fit(items, epochs=3), strict=True):
        assert mine == pytest.approx(theirs, rel=1e-5)
    np.testing.assert_allclose(a.probabilities(items), b.probabilities(items), rtol=1e-4)


def test_what_tells_nothing_is_left_out():
    rank = np.array([[0, 1, 2], [0, 0, 1], [0, 1, 1], [1, 1, 1], [-1, -1, 0], [3, -1, 0], [-1, -1, -1]])
    assert told(rank.astype(float)).tolist() == [True, False, True, False, False, True, False]
    items = vector_items(X[:7, :3], rank=rank)
    with pytest.warns(UserWarning, match="4 of 7 judgements in 'rank'"):
        log = PlackettLuce().fit(items, epochs=1)[-1]
    assert log["pairs"] == 3 and np.isfinite(log["loss"])
    with pytest.warns(UserWarning) as warned:
        assert PlackettLuce().fit(items.rows(slice(1, 2)), epochs=1) == []
    assert ["nothing to learn" in str(w.message) for w in warned] == [False, True]


def test_what_was_not_in_a_list_teaches_nothing():
    rank = np.where(np.arange(4) == 2, -1, RANKS[:50])
    poisoned = X[:50].copy()
    poisoned[:, 2] *= -1
    a, b = PlackettLuce(), PlackettLuce()
    for model, x in ((a, X[:50]), (b, poisoned)):
        model.fit(vector_items(X, rank=RANKS), epochs=0)  # the same whitening
        model._whiten = lambda items: None
        model.fit(vector_items(x, rank=rank), epochs=2)
    np.testing.assert_allclose(weights_of(a), weights_of(b), rtol=1e-6)


def weights_of(model):
    return model.state_dict()["fit"]["module"]["0.weight"]


def test_mistakes_are_named():
    with pytest.raises(MissingColumn, match="rank"):
        PlackettLuce().fit(vector_items(X))
    with pytest.raises(BadBatch, match=r"rank \[P, G\]"):
        PlackettLuce().fit(vector_items(X, rank=RANKS[:, :3]))
