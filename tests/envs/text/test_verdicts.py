"""Verdicts: many spellings of the same, near misses of none, scores as rankings."""

from itertools import permutations

import pytest

from rewardlab.envs.text.verdicts import due, named, read, scored


@pytest.mark.parametrize(
    "line",
    ["B", "b.", "verdict: B", "VERDICT B", "[[B]]", "verdict: [[b]]", "scores: A=1 B=2 C=-3", "B>C>A",
     "ranking: b > a > c", "A: 3, B: 5, C: 4"],
)  # fmt: skip
def test_the_best_is_read_from_verdicts_rankings_and_scores(line):
    assert read(line, 3, "verdict") == (1,)


@pytest.mark.parametrize(
    "line",
    ["", "D", "A or B", "AB", "verdict:", "A>B", "A>B>B", "A>B>C>D", "A=1 B=1 C=0", "A=1 B=2", "A=1 B=2 B=3", "right",
     "\uff22", "A=1.5 B=2 C=0", "best: B", "[[", "B" * 5000],
)  # fmt: skip
def test_what_is_no_verdict_is_none(line):
    assert read(line, 3, "verdict") is None


def test_all_rankings_are_read_as_they_are_written_and_from_scores():
    for p in permutations(range(4)):
        assert read(named(p, 4), 4, "ranking") == p
        scores = " ".join(f"{'ABCD'[k]}={-10 * p.index(k)}" for k in range(4))
        assert scored(scores, 4) == p and read(f"scores: {scores}", 4, "ranking") == p
        assert due(p, "verdict") == p[:1] and due(p, "ranking") == p
    assert read("A", 4, "ranking") is None


def test_a_single_answer_is_right_or_wrong():
    assert read("verdict: right", 1, "verdict") == (0,) and read("Wrong.", 1, "verdict") == ()
    assert read("A", 1, "verdict") is None and read("A=3", 1, "verdict") is None
    assert named((0,), 1) == "right" and named((), 1) == "wrong"
