"""Texts of concepts: their readability and meaning, and one short run of each reward."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_noise_words as words


def test_texts_are_what_actions_make_of_them():
    task = words.Words(0)
    source = task.sources(300, 1)
    assert not source[:, : words.SAID].any() and (source.sum(-1) >= 3).all() and (source.sum(-1) <= 6).all()
    none = np.zeros(300, dtype=int)
    same = task.written(source, np.full(source.shape, words.KEEP), none)
    assert (same["recall"] == 1).all() and (same["short"] == 0).all()
    gone = task.written(source, np.full(source.shape, words.DROP), none)
    assert (gone["recall"] == 0).all() and np.allclose(gone["readable"], 3.4)  # one word of one syllable
    short = task.written(source, np.full(source.shape, words.SHORT), none)
    assert (short["readable"] > same["readable"]).all() and (short["readable"] < 3.4).all()
    np.testing.assert_allclose(short["readable"], 15.59 - 11.8 - 0.39 * source.sum(-1))
    assert np.allclose(words.meaning(same["features"], short["features"]), 1)
    assert np.allclose(words.meaning(same["features"], gone["features"]), 0)


def test_the_classifier_tells_texts_apart():
    _, auc = words.classifier(0)
    assert auc > 95


@pytest.mark.parametrize("reward", ["classifier", "readability", "readability and meaning"])
def test_every_reward_makes_texts_simpler(reward):
    start = words.simplified(0, reward="none")
    found = words.simplified(0, reward=reward, steps=15)
    assert found["readable"] > start["readable"] + 0.5


def test_a_policy_of_the_subject_is_simpler_than_one_of_another():
    found = [words.simplified(0, reward=r)["short"] for r in ("none", "in the subject")]
    assert found[0] == pytest.approx(40, abs=3) and found[1] == pytest.approx(80, abs=3)
