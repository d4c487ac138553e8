"""Words: of their length, each once, in order, and most words of three letters within reach of each other."""

import string

import pytest

from rewardlab.envs.text.words import FIVE, THREE


@pytest.mark.parametrize(("words", "length", "least"), [(THREE, 3, 250), (FIVE, 5, 450)])
def test_words_are_of_their_length_and_each_once(words, length, least):
    assert len(words) >= least and list(words) == sorted(set(words))
    assert all(len(w) == length and set(w) <= set(string.ascii_lowercase) for w in words)


def test_most_words_of_three_letters_are_joined_by_single_changes():
    left, seen = {"cat"}, set()
    while left:
        seen |= left
        left = {w for w in THREE for v in left if sum(a != b for a, b in zip(w, v, strict=True)) == 1} - seen
    assert len(seen) >= 0.85 * len(THREE)
