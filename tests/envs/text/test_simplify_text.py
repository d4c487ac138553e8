"""Simplification: the meaning kept by counting, the readability formula and where it leads, and what is paid."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.simplify_text import LONG, SHORT, Sentence, SimplifyText, grade, recall


def subsequences(row):
    return {
        tuple(row[k] for k in chosen)
        for n in range(len(row) + 1)
        for chosen in itertools.combinations(range(len(row)), n)
    }


def test_recall_is_the_longest_common_subsequence_by_listing_all():
    rng = np.random.default_rng(0)
    for _ in range(60):
        one, two = rng.integers(3, size=rng.integers(6)).tolist(), rng.integers(3, size=rng.integers(1, 6)).tolist()
        common = max(map(len, subsequences(one) & subsequences(two)))
        assert recall(one, two) == pytest.approx(common / max(len(one), len(two)))
    assert recall([1, 2], [1, 2]) == 1 and recall([], []) == 0


def test_the_grade_is_the_formula_and_best_for_one_word_of_one_syllable():
    assert grade("bo .") == pytest.approx(0.39 + 11.8 - 15.59) == pytest.approx(-3.4)
    assert grade("bo da bo . fi") == pytest.approx(0.39 * 4 / 2 + 11.8 - 15.59)
    assert grade(f"{LONG[0]} bo .") == pytest.approx(0.39 * 2 + 11.8 * 5 / 2 - 15.59)  # gu-la-ru-no and bo
    assert grade("") == grade(". .") == 0
    rules = SimplifyText(split="all")
    for seed in range(40):
        task = rules._task(rng_of(seed))
        assert -3.4 <= grade(task.simple()) < grade(task.text())


def test_what_reads_best_has_lost_its_meaning_and_is_paid_less():
    rules = SimplifyText(clauses=3, split="all")
    for seed in range(20):
        task = rules._task(rng_of(seed))
        h = rules.hear(task, None, "bo .", rng_of(0))
        assert h.columns["grade"] == pytest.approx(-3.4)
        assert h.columns["recall"] <= 1 / len(task.meaning) and h.parts["outcome"] <= h.columns["recall"]


def test_what_is_paid_is_counted_by_hand():
    task = Sentence(((0, 1), (2,)), (True, False, True), (0,))
    rules, strict = SimplifyText(), SimplifyText(strict=True)
    for said, kept, short, split in (
        ("bo da . fi .", 1, 1, 1), ("bo da fi .", 1, 1, 1 / 2), ("bo . da . fi .", 1, 1, 2 / 3),
        ("bo da . fi", 1, 1, 1 / 2),
        (f"{LONG[0]} da . {LONG[2]} .", 1, 1 / 3, 1), ("bo da .", 2 / 3, 1, 1 / 2),
        ("bo da . fi fi .", 3 / 4, 1, 1 / 3),
        ("da bo . fi .", 2 / 3, 1, 1), (task.text(), 1, 1 / 3, 1 / 2),
    ):  # fmt: skip
        h = rules.hear(task, None, said, rng_of(0))
        assert (h.columns["recall"], h.columns["short"], h.columns["split"]) == pytest.approx((kept, short, split)), (
            said
        )
        assert h.parts["outcome"] == pytest.approx(kept * (short + split) / 2)
        assert strict.hear(task, None, said, rng_of(0)).parts["outcome"] == pytest.approx(
            (kept == 1) * (short + split) / 2
        )
        assert h.success == (h.parts["outcome"] == 1) and h.columns["copied"] == (said == task.text())
    assert not rules.hear(task, None, "what ?", rng_of(0)).understood


@pytest.mark.parametrize(("domain", "first", "last"), [("all", 0, 15), ("a", 0, 9), ("b", 6, 15)])
def test_sentences_are_of_their_domain_and_there_is_always_something_to_simplify(domain, first, last):
    rules = SimplifyText(domain=domain, rare=0.2)
    tasks = [rules._task(rng_of(k)) for k in range(200)]
    assert {c for t in tasks for c in t.meaning} == set(range(first, last + 1))
    assert all(t.text() != t.simple() and not rules.check(t.text(), t) for t in tasks)
    assert {len(t.clauses) for t in tasks} == {2, 3} and max(len(c) for t in tasks for c in t.clauses) == 3


def test_pairs_are_of_the_split_and_their_words_of_one_concept():
    train, test = SimplifyText().pairs(200), SimplifyText(split="test").pairs(200)
    assert len(train) == 200 and not {a for a, _ in train} & {a for a, _ in test}
    of = {**{w: k for k, w in enumerate(SHORT)}, **{w: k for k, w in enumerate(LONG)}}
    assert len(of) == 32
    for found, simple in train:
        assert [of[w] for w in found.split() if w in of] == [of[w] for w in simple.split() if w in of]
    assert train == SimplifyText().pairs(200) != SimplifyText().pairs(200, seed=1)


def test_what_is_out_of_range_is_refused():
    for wrong in ({"clauses": 0}, {"longest": 7}, {"rare": 0.0}, {"domain": "c"}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            SimplifyText(**wrong)
