"""Candidates: qualities counted by hand, no ties, opposite principles, and labels that err as often as said."""

from itertools import combinations, permutations

import numpy as np
import pytest

from rewardlab.envs.text.candidates import (
    RUBRICS,
    Principle,
    counts,
    label,
    principle,
    ranking,
    rubric_quality,
    solutions,
    texts,
)


def test_counts_and_qualities_are_those_counted_by_hand():
    text = "please 42 go - ! thanks !"
    assert counts(text) == {"length": 7, "polite": 2, "digits": 1, "marks": 2, "bullets": 1}
    assert rubric_quality("note", text) == (2 * 2 - 2 - 7,) and rubric_quality("report", text) == (2 + 1 - 6,)
    assert Principle("polite", True, "length", False, "digits").quality(text) == (0, 2, -7)
    assert Principle("marks", False, "digits", True).quality(text) == (1, -2, 1)


def test_the_first_thing_counts_first_and_what_is_forbidden_comes_last():
    law = Principle("polite", True, "length", False, "marks")
    worst_to_best = ["please please !", "so so so", "so so", "please so so", "please so", "please please please go on"]
    qualities = [law.quality(t) for t in worst_to_best]
    assert qualities == sorted(qualities) and ranking(qualities) == (5, 4, 3, 2, 1, 0)
    assert law.words(0) == "prefer more polite, then less length, never marks"
    assert law.words(1) == "more polite first; of equals less length; no marks"


@pytest.mark.parametrize("count", [2, 3, 5])
def test_candidates_never_tie(count):
    rng = np.random.default_rng(count)
    for kind in RUBRICS:
        found = texts(count, lambda t, k=kind: rubric_quality(k, t), rng)
        assert len({rubric_quality(kind, t) for t in found}) == count
    for _ in range(30):
        law = principle(rng)
        assert len({law.quality(t) for t in texts(count, law.quality, rng)}) == count
        assert len({law.first, law.second, law.never}) == 3 and law.never != "length"


def test_who_does_not_see_the_principle_agrees_with_it_and_its_opposite_to_the_same_extent():
    """Kendall's tau of any fixed order under a principle and under its opposite adds up to zero."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        law = principle(rng)
        law = Principle(law.first, law.more_first, law.second, law.more_second)
        found = texts(4, law.quality, rng)
        taus = []
        for one in (law, law.opposite()):
            best = ranking([one.quality(t) for t in found])
            agree = [1 if best.index(i) < best.index(j) else -1 for i, j in combinations(range(4), 2)]
            taus.append(sum(agree) / 6)
        assert sum(taus) == 0


@pytest.mark.parametrize("right", [True, False])
def test_solutions_find_different_answers_and_only_the_right_one_has_no_slip(right):
    rng = np.random.default_rng(1)
    for _ in range(40):
        chain, slips = solutions(4, right, rng, length=5, modulus=7)
        answers = [int(chain.lines(s)[-1].split("=")[1]) for s in slips]
        assert len(set(answers)) == 4 and [a == chain.results()[-1] for a in answers] == [right, False, False, False]


@pytest.mark.parametrize(("count", "form"), [(1, "verdict"), (2, "verdict"), (4, "verdict"), (3, "ranking")])
def test_labels_err_as_often_as_said_and_then_evenly(count, form):
    rng, noise, n = np.random.default_rng(2), 0.3, 4000
    truth = (0,) if count == 1 else tuple(range(count))
    said = [label(truth, noise, rng, count=count, form=form) for _ in range(n)]
    wrong = [s for s in said if s != truth]
    assert abs(len(wrong) - noise * n) < 4 * np.sqrt(n * noise * (1 - noise))
    kinds = {1: [()], 3: [p for p in permutations(range(3)) if p != truth]}.get(
        count, [(b, *(k for k in truth if k != b)) for b in truth[1:]]
    )
    expected = len(wrong) / len(kinds)
    assert set(wrong) == set(kinds)
    assert all(abs(wrong.count(k) - expected) < 4 * np.sqrt(expected) for k in kinds)
