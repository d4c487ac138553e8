"""Scores of judges: counted by hand, labels that are rises of flags, and rates that are those of a noisy judge."""

import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.rewards.language.judging import NoisyJudge
from rewardlab.rewards.language.verdict_scores import labelled_steps, verdict_scores


def test_labels_are_the_rises_of_flags_within_episodes():
    up = np.array([[0, 1], [1, 1], [1, 0], [0, 1], [1, 1]], dtype=bool)
    ends = np.zeros((5, 2), dtype=bool)
    ends[2, 1] = ends[3, 1] = True
    words = np.arange(10).reshape(5, 2).astype(str).astype(object)
    items, labels = labelled_steps(steps((5, 2), truncated=ends, up=up, w=words), "w", {"g": "up", "h": "up"})
    assert items[:3] == [("g", "0"), ("g", "1"), ("g", "2")] and items[10] == ("h", "0")
    # row 1: up from the first step, a new episode at step 3, another at step 4
    assert labels[:10].reshape(5, 2).tolist() == [[0, 1], [1, 0], [0, 0], [0, 1], [1, 1]]
    assert (labels[10:] == labels[:10]).all()


def test_scores_are_counted():
    said = {"0": 1.0, "1": 0.0, "2": 1.0, "3": np.nan, "4": 0.0}
    items = [("g", k) for k in said]
    found = verdict_scores(lambda some: np.array([said[t] for _, t in some]), items, np.array([1, 1, 0, 1, 0]), batch=2)
    assert found == pytest.approx(
        {"precision": 1 / 2, "recall": 1 / 3, "f1": 2 / 5, "accuracy": 2 / 5, "unanswered": 1, "items": 5}
    )


def test_a_ratio_over_nothing_is_none():
    found = verdict_scores(lambda some: np.zeros(len(some)), [("g", "a")], np.zeros(1))
    assert np.isnan([found[k] for k in ("precision", "recall", "f1")]).all() and found["accuracy"] == 1


def test_a_judge_that_fails_says_no():
    def down(items):
        raise OracleFailed("down")

    found = verdict_scores(down, [("g", "a"), ("g", "b")], np.array([1, 0]))
    assert found["unanswered"] == 2 and found["accuracy"] == 0.5
    for labels in (np.zeros(3), np.zeros((2, 1))):
        with pytest.raises(BadOption):
            verdict_scores(down, [("g", "a"), ("g", "b")], labels)
    with pytest.raises(BadOption):
        verdict_scores(down, [], np.zeros(0))


@pytest.mark.parametrize(("e0", "e1"), [(0.0, 0.0), (0.02, 0.1), (0.1, 0.3)])
def test_precision_and_recall_of_a_noisy_judge_are_those_of_its_rates(e0, e1):
    items = [("g", f"step {k}") for k in range(6000)]
    truth = np.arange(6000) % 4 == 0
    found = verdict_scores(
        NoisyJudge(lambda some: truth[[int(t.split()[1]) for _, t in some]] * 1.0, e0, e1), items, truth
    )
    p = truth.mean()
    recall, false = 1 - e1, e0 * (1 - p)
    assert abs(found["recall"] - recall) <= 4 * np.sqrt(recall * e1 / truth.sum()) + 1e-12
    precision = p * recall / (p * recall + false)
    said = 6000 * (p * recall + false)
    assert abs(found["precision"] - precision) <= 4 * np.sqrt(precision * (1 - precision) / said) + 1e-12
