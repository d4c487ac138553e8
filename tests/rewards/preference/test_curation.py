import numpy as np
import pytest
from judged import WEIGHT, vectors

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.rewards import (
    BradleyTerry,
    curate,
    error_driven,
    kept_accuracy,
    recycled_accuracy,
    retrieve,
    seed_rounds,
    vector_items,
)

RIGHT, GOLD, BEST, ASKED = 0.7, 0.8, 0.85, 0.75


def told(truth, chance, seed):
    """Labels of someone who is right with this chance."""
    wrong = np.random.default_rng(seed).random(len(truth)) >= chance
    return np.where(wrong, 1 - truth, truth)


def test_the_laws_of_checkers():
    assert kept_accuracy(RIGHT, [GOLD, BEST]) == pytest.approx(0.476 / 0.485)
    assert kept_accuracy(RIGHT, [GOLD, BEST]) == pytest.approx(0.981, abs=5e-4)
    assert recycled_accuracy(RIGHT, [GOLD, BEST]) == pytest.approx(0.907, abs=5e-4)
    assert kept_accuracy(0.6, []) == 0.6 and kept_accuracy(0.6, [0.5, 0.5]) == pytest.approx(0.6)


@pytest.mark.parametrize("by_annotator", [False, True])
def test_the_filter_keeps_and_recycles_as_often_right_as_the_laws_say(by_annotator):
    """Independent checkers; an annotator who always contradicts leaves two checkers, as in the laws."""
    n = 60000
    truth = np.random.default_rng(0).integers(0, 2, n).astype(float)
    pairs = vector_items(np.zeros((n, 2, 1)), label=told(truth, RIGHT, 1), truth=truth)
    best, gold = told(truth, BEST, 2), told(truth, GOLD, 3)

    def annotate(some):
        return told(some.info["truth"], ASKED, 4) if by_annotator else 1 - some.info["label"]

    kept, turned = curate(pairs, best=0.2 + 0.6 * best, gold=0.1 + 0.8 * gold, annotate=annotate)
    share = [(x.info["label"] == x.info["truth"]).mean() for x in (kept, turned)]
    if by_annotator:
        right, wrong = 1 - (1 - BEST) * (1 - ASKED), 1 - BEST * ASKED  # that either of the two agrees with a label
        law = RIGHT * GOLD * right / (RIGHT * GOLD * right + (1 - RIGHT) * (1 - GOLD) * wrong)
        laws = (law, recycled_accuracy(RIGHT, [GOLD, BEST, ASKED]))
    else:
        laws = kept_accuracy(RIGHT, [GOLD, BEST]), recycled_accuracy(RIGHT, [GOLD, BEST])
    for found, law, items in zip(share, laws, (kept, turned), strict=True):
        assert abs(found - law) < 3 * np.sqrt(law * (1 - law) / len(items))
    assert len(kept) / n == pytest.approx(
        RIGHT * GOLD * (right if by_annotator else BEST)
        + (1 - RIGHT) * (1 - GOLD) * (wrong if by_annotator else 1 - BEST),
        abs=0.01,
    )


def test_only_doubtful_pairs_are_asked_about():
    label = np.array([1.0, 1.0, 0.0, 0.0])
    pairs = vector_items(np.zeros((4, 2, 1)), label=label, place=np.arange(4))
    asked = []

    def annotate(some):
        asked.extend(some.info["place"])
        return some.info["label"]

    best = np.array([0.9, 0.7, 0.1, 0.6])
    kept, turned = curate(pairs, best=best, gold=np.array([0.9, 0.9, 0.9, 0.1]), annotate=annotate, confidence=0.8)
    assert asked == [1, 3]
    assert list(kept.info["place"]) == [0, 1, 3] and len(turned) == 0


def test_what_all_contradict_is_turned_round():
    pairs = vector_items(np.zeros((2, 2, 1)), label=np.array([1.0, 0.0]))
    kept, turned = curate(
        pairs, best=np.array([0.1, 0.9]), gold=np.array([0.2, 0.7]), annotate=lambda p: 1 - p.info["label"]
    )
    assert len(kept) == 0 and turned.info["label"].tolist() == [0.0, 1.0]


def test_more_is_wanted_where_the_model_errs():
    p = np.array([0.9, 0.2, 0.5, 0.51, 1.0, 0.25, 0.02])
    label = np.array([1, 1, 1, 1, 1, 0, 0])
    assert error_driven(p, label).tolist() == [1, 8, 8, 4, 0, 2, 0]


def test_the_nearest_by_cosine_are_found_once_each():
    pool = np.array([[1.0, 0], [0.9, 0.1], [0, 5.0], [-1, 0], [0.1, 0.9]])
    assert retrieve(np.array([[2.0, 0], [3.0, 0.1]]), pool, np.array([2, 1])).tolist() == [0, 1]
    assert retrieve(np.array([[0.0, 1.0]]), pool, np.array([2])).tolist() == [2, 4]
    assert retrieve(np.array([[0.0, 1.0]]), pool, np.array([0])).tolist() == []
    assert retrieve(np.array([[0.0, 1.0]]), pool[:0], np.array([3])).tolist() == []


def test_rounds_ask_about_what_the_model_gets_wrong_and_show_the_nearest_verified_pair():
    """Two kinds of pairs with opposite preferences; verified lessons are of the first kind alone."""
    rng = np.random.default_rng(0)

    def pairs(n, kind):
        x = np.concatenate([vectors(n, 2, seed=int(rng.integers(99))), np.full((n, 2, 1), kind)], -1)
        return vector_items(x, label=((x[:, 0] - x[:, 1])[:, :3] @ WEIGHT * kind > 0) * 1.0, kind=np.full(n, kind))

    gold, pool = pairs(80, 1.0), Transitions.concat([pairs(300, 1.0), pairs(300, -1.0)])
    validation = Transitions.concat([pairs(40, 1.0), pairs(40, -1.0)])
    shown = []

    def annotate(some, examples):
        shown.append((some.info["kind"], examples.info["kind"]))
        return some.info["label"]

    model = BradleyTerry(error=0.0, hidden=(32,), lr=1e-2, action=False)
    silver = seed_rounds(
        model,
        gold,
        validation,
        pool,
        annotate=annotate,
        embed=lambda p: p.obs[:, 0, 0],
        iterations=4,
        votes=1,
        most=4,
        epochs=30,
    )
    assert (shown[0][0] < 0).mean() > 0.7  # the model knows nothing of the second kind
    assert all((e > 0).all() for _, e in shown)
    assert len(np.unique(silver.obs[:, 0, 0, 0])) == len(silver) == sum(len(s) for s, _ in shown)
    right = (model.probabilities(validation).mean(0) > 0.5) == (validation.info["label"] > 0.5)
    assert right[40:].mean() > 0.75


def test_even_votes_are_left_out():
    gold = vector_items(vectors(20, 2), label=np.arange(20) % 2.0)
    votes = iter([1.0, 0.0])
    silver = seed_rounds(
        BradleyTerry(action=False), gold, gold, vector_items(vectors(9, 2, seed=2)),
        annotate=lambda some, _: np.full(len(some), next(votes)), embed=lambda p: p.obs[:, 0, 0],
        iterations=1, votes=2, epochs=1,
    )  # fmt: skip
    assert len(silver) == 0


def test_mistakes_are_named():
    pairs = vector_items(vectors(3, 2), label=np.ones(3))
    with pytest.raises(BadOption, match="most=0"):
        error_driven(np.ones(1), np.ones(1), most=0)
    with pytest.raises(BadOption, match="confidence=1"):
        curate(pairs, best=np.ones(3), gold=np.ones(3), annotate=len, confidence=1)
    with pytest.raises(BadBatch, match="gold"):
        curate(pairs, best=np.ones(3), gold=np.ones(2), annotate=len)
    with pytest.raises(MissingColumn, match="label"):
        curate(vector_items(vectors(3, 2)), best=np.ones(3), gold=np.ones(3), annotate=len)
    with pytest.raises(BadOption, match="votes=0"):
        seed_rounds(BradleyTerry(), pairs, pairs, pairs, annotate=len, embed=len, votes=0)
