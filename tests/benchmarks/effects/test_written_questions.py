"""Mixed questions: marks by hand, and short runs."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import written_questions as wq


def mark(kind, asked, said):
    p, k = wq.MIXED.prompts.index(kind + asked), wq.MIXED.places[said]
    return wq.OWN[p, k]


def test_each_kind_is_marked_by_its_rule():
    assert [mark("m", "13", s) for s in ("3", "1", "33")] == [1, 0, 0]
    assert [mark("n", "13", s) for s in ("4", "3", "")] == pytest.approx([1, 5 / 6, 0])
    assert [mark("o", "13", s) for s in ("31", "1", "15")] == pytest.approx([1, 0.75, 0.5])
    assert wq.OWN.max(-1).min() == pytest.approx(1.0) and wq.OWN.min() >= 0


def test_sums_and_open_questions():
    p = wq.SUMS.prompts.index("s23")
    assert wq.RIGHT[p, wq.SUMS.places["5"]] and wq.RIGHT[p, wq.SUMS.places["x5"]]
    assert not wq.RIGHT[p, wq.SUMS.places["51"]] and not wq.RIGHT[~wq.CHECKED].any()
    p = wq.SUMS.prompts.index("oxy")
    assert [wq.NAMED[p, wq.SUMS.places[a]] for a in ("yx", "x", "xz", "x1", "zz")] == [2, 1, 0, 1, -2]


def test_the_judge_dislikes_numbers_and_pays_within_0_and_1():
    paid = wq.judge.__wrapped__(0, count=450, epochs=5)
    assert paid.shape == wq.RIGHT.shape and paid.min() > 0 and paid.max() < 1
    assert paid[:, wq.DIGITS == 2].mean() < paid[:, wq.DIGITS == 0].mean() - 0.2


@pytest.mark.parametrize("mixed", [True, False])
def test_a_short_run_of_kinds(monkeypatch, mixed):
    monkeypatch.setattr(wq, "_fresh", lambda world, right, seed: world.policy(seed))
    found = wq.routed(0, mixed=mixed, iterations=1)
    assert 0 < found["own"] < 1 and (found["others"] == found["own"]) == mixed


@pytest.mark.parametrize("side", ["hybrid", "the model alone"])
def test_a_short_run_with_a_rule_or_without(monkeypatch, side):
    monkeypatch.setattr(wq, "_fresh", lambda world, right, seed: world.policy(seed))
    monkeypatch.setattr(wq, "judge", lambda seed: np.full(wq.RIGHT.shape, 0.5))
    found = wq.hybrid(0, side=side, iterations=1)
    assert found["clear"] == pytest.approx(found["right"] - 0.1 * (side == "hybrid")) and found["open"] < 2
