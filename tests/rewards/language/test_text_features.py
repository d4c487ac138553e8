"""Hashed n-grams: of length one, blind to case and space, alike for paraphrases, the inner products of counts."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards.language.text_features import hashed_ngrams


def test_features_have_length_one_and_rows_do_not_know_each_other():
    texts = ["You take the key.", "", "  you TAKE\tthe key . ", "ключ", "\ud800"]
    x = hashed_ngrams(texts, 256)
    assert x.shape == (5, 256) and x.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), [1, 0, 1, 1, 1], rtol=1e-6)
    np.testing.assert_array_equal(x[0], x[2])
    np.testing.assert_array_equal(hashed_ngrams(texts[::-1], 256)[::-1], x)


def test_inner_products_are_those_of_the_counted_grams():
    # single words alone, in a table so wide that none share a place
    a, b = "one two three four", "four three nine"
    x = hashed_ngrams([a, b], 1 << 20, words=1, letters=0)
    assert x[0] @ x[1] == pytest.approx(2 / np.sqrt(4 * 3), rel=1e-6)
    pair = hashed_ngrams(["a b a b", "b a"], 1 << 20, words=2, letters=0)
    # counts a 2, b 2, ab 2, ba 1 and b 1, a 1, ba 1, each under a root
    assert pair[0] @ pair[1] == pytest.approx((2**0.5 + 2**0.5 + 1) / np.sqrt(7 * 3), rel=1e-6)


def test_lines_with_labels_are_told_apart():
    x = hashed_ngrams(["before: key\nafter: door", "before: door\nafter: key", "note: key", "key"], 1 << 20, letters=0)
    assert x[0] @ x[1] == 0
    assert x[2] @ x[3] > 0.3  # a single line is a sentence


def test_paraphrases_are_nearer_than_other_sentences():
    x = hashed_ngrams(["You unlock the door.", "The door is unlocked.", "A bat squeaks in the dark."], 4096)
    assert x[0] @ x[1] > x[0] @ x[2] + 0.2


def test_a_width_that_holds_nothing_is_refused():
    with pytest.raises(BadOption):
        hashed_ngrams(["a"], 1)
