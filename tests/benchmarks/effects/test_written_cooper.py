"""Answers in three characters: they are those of the tables, and short runs of each reward."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import written_cooper as wc


def test_texts_are_the_answers_of_the_tables():
    for text, (result, form, word) in zip(wc.WORDS.answers, wc.sums.ANSWERS, strict=True):
        assert text == "pqrs"[form] + "01234n"[result] + "!" * word
    assert wc.RESULT.tolist() == [0, 1, 2, 1, 2, 3, 2, 3, 4]
    assert (wc.MATCH.sum(-1) == 8).all()  # four forms, with the word or without


@pytest.mark.parametrize("side", ["rule", "frozen", "Cooper"])
def test_a_short_run_of_each_reward(monkeypatch, side):
    monkeypatch.setattr(wc, "_counter", lambda seed, reads: wc.WORDS.policy(seed).state_dict())
    found = wc.counting(0, side=side, reads=True, iterations=2, step=1)
    assert found["fell"] >= 0 and 0 < found["proxy"] < 1 and 0 < found["word"] < 100
    uniform = 100 * wc.MATCH.mean()
    assert abs(found["start"] - uniform) < 0.7 * uniform


def test_who_says_nothing_that_counts_is_paid_the_least(monkeypatch):
    monkeypatch.setattr(wc, "_counter", lambda seed, reads: wc.WORDS.policy(seed).state_dict())
    paid = []
    monkeypatch.setattr(wc, "learning", lambda world, policy, pay, **rest: paid.append(pay) or (lambda n: None))
    wc.counting(0, side="frozen", reads=False, iterations=1)
    nothing, some = np.full((1, 2), -1), np.array([[-1, 3]])
    said = [wc.Said(np.zeros((1, 2), dtype=int), x, x.astype(object), np.zeros((1, 2))) for x in (nothing, some)]
    assert paid[0](said[0]).tolist() == [[-1, -1]] and paid[0](said[1])[0, 1] > 0
