"""Judges: what is no label is refused, noise has its rates and belongs to the item, a file asks each item once."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.rewards.language.judging import KeptJudge, NoisyJudge, ScoreJudge, digest, packed, unpacked, verdicts

ITEMS = [(f"text {i}",) for i in range(4000)]
EVEN = ScoreJudge(lambda text: 1 - int(text.split()[1]) % 2)


def test_what_is_no_label_for_each_item_is_refused():
    assert verdicts(EVEN, []).shape == (0,)
    assert np.isnan(verdicts(lambda items: [0.0, np.nan], ITEMS[:2])[1])
    for wrong in ([0.0], [[0.0, 1.0]], [0.0, 1.5], [-0.1, 0.0], [0.0, np.inf]):
        with pytest.raises(OracleFailed):
            verdicts(lambda items, w=wrong: w, ITEMS[:2])


def test_texts_are_told_apart_by_where_they_end():
    assert len({digest(("ab", "c")), digest(("a", "bc")), digest(("abc",)), digest(("abc", ""))}) == 4
    items = [("a", "b"), ("\ud800 odd",), ("ü",)]
    assert unpacked(packed(items)) == items
    digest(items[1])


@pytest.mark.parametrize(("e0", "e1"), [(0.0, 0.0), (0.02, 0.1), (0.1, 0.3), (1.0, 1.0)])
def test_rates_of_errors_are_those_that_were_asked_for(e0, e1):
    judge, right = NoisyJudge(EVEN, e0, e1, seed=3), EVEN(ITEMS)
    said = judge(ITEMS)
    for label, rate in ((0.0, e0), (1.0, e1)):
        mine = said[right == label] != label
        assert abs(mine.mean() - rate) <= 4 * np.sqrt(rate * (1 - rate) / len(mine))  # 4 standard errors
    order = np.random.default_rng(0).permutation(len(ITEMS))
    np.testing.assert_array_equal(judge([ITEMS[i] for i in order]), said[order])
    other = NoisyJudge(EVEN, e0, e1, seed=4)(ITEMS)
    assert (other != said).any() == (0 < e0 < 1)


def test_a_score_judges_one_text_or_two():
    judge = ScoreJudge({"key": 1.0, "door": 2.0})
    pairs = [("key", "door"), ("door", "key"), ("wall", "floor"), ("key",), ("wall",)]
    assert judge(pairs).tolist() == [0.0, 1.0, 0.5, 1.0, 0.0]
    assert NoisyJudge(judge, 1.0, 1.0)(pairs).tolist() == [1.0, 0.0, 0.5, 0.0, 1.0]
    with pytest.raises(BadOption, match="e1"):
        NoisyJudge(judge, 0.0, 1.1)


def test_a_file_asks_each_item_once_for_each_name(tmp_path):
    calls = []

    def judge(items):
        calls.extend(items)
        return np.array([np.nan if text == "?" else 1.0 for (text,) in items])

    first = KeptJudge(judge, tmp_path / "labels", "a model, goal: key")
    np.testing.assert_array_equal(first([("a",), ("?",), ("a",)]), [1.0, np.nan, 1.0])
    again = KeptJudge(judge, tmp_path / "labels", "a model, goal: key")
    np.testing.assert_array_equal(again([("b",), ("a",), ("?",)]), [1.0, 1.0, np.nan])
    assert calls == [("a",), ("?",), ("b",), ("?",)]  # what has no label is asked again
    assert (first.asked, again.asked) == (2, 2)
    KeptJudge(judge, tmp_path / "labels", "another goal")([("a",)])
    assert calls[-1] == ("a",)
    many = [(f"t{i}",) for i in range(1203)]
    assert (first(many) == 1).all() and (again(many) == 1).all() and again.asked == 2
