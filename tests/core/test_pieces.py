"""Pieces: the longest one at each place, against a search written out; unknown characters one by one."""

import numpy as np
import pytest

from rewardlab.core.pieces import Longest


def by_hand(text, pieces, first, unknown):
    ids = []
    while text:
        best = max((p for p in pieces if text.startswith(p)), key=len, default="")
        ids.append(first + pieces.index(best) if best else unknown)
        text = text[len(best) or 1 :]
    return ids


@pytest.mark.parametrize("seed", range(20))
def test_the_longest_piece_is_taken_at_each_place(seed):
    rng = np.random.default_rng(seed)
    words = {"".join(rng.choice(list("ab(.\n*"), size=rng.integers(1, 4))) for _ in range(8)}
    pieces = sorted(words, key=lambda w: w[::-1])
    text = "".join(rng.choice(list("ab(.\n*c"), size=60))
    assert Longest(pieces, first=3, unknown=1).encode(text) == by_hand(text, pieces, 3, 1)


def test_the_order_of_pieces_says_their_ids_and_nothing_else():
    assert Longest(["a", "ab", "abc"], first=5, unknown=0).encode("abcabax") == [7, 6, 5, 0]
    assert Longest(["abc", "ab", "a"], first=5, unknown=0).encode("abcabax") == [5, 6, 7, 0]
    assert Longest([], first=5, unknown=2).encode("a\n") == [2, 2]
    assert Longest(["a"], first=0, unknown=1).encode("") == []
