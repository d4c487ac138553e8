"""A judge made of prompts: right verdicts are kept, what is said for the place alone cancels."""

import numpy as np
import pytest

from rewardlab.core.errors import OracleFailed
from rewardlab.core.oracle import PreferByAsk, Prompt, Scripted
from rewardlab.core.oracle.prefer import verdict


def longer(prompt):
    first, second = (prompt.split(f"<candidate {i}>\n")[1].split("\n</candidate")[0] for i in (1, 2))
    return "Better: tie" if len(first) == len(second) else f"Better: {1 if len(first) > len(second) else 2}"


@pytest.mark.parametrize(
    ("judge", "labels"),
    [
        (longer, [1, 0, 0.5]),
        (lambda p: "Better: 1", [0.5, 0.5, 0.5]),
        (lambda p: "Better: 2", [0.5, 0.5, 0.5]),
        (lambda p: "I cannot say", [np.nan] * 3),
        (lambda p: OracleFailed("no"), [np.nan] * 3),
        (lambda p: "hm" if "<candidate 1>\nb\n" in p else longer(p), [1, np.nan, 0.5]),  # one order alone is not enough
    ],
)
def test_labels(judge, labels):
    ask = Scripted(judge)
    given = PreferByAsk(ask)(["which is longer?"] * 3, ["aaa", "b", "cc"], ["a", "bbb", "{first}"[:2]])
    np.testing.assert_array_equal(given, labels)
    assert len(ask.asked) == 6 and all(p.system for p in ask.asked)


def test_texts_are_not_read_as_templates_and_keys_know_the_order():
    ask = Scripted(["Better: 1", "Better: 2"])
    context = Prompt("c {second}", key=("door", "icpl", 3, 0))
    assert PreferByAsk(ask)([context], ["{context}"], ["{0}"])[0] == 1.0
    assert "c {second}" in ask.asked[0] and "<candidate 1>\n{context}\n" in ask.asked[0]
    assert [p.key for p in ask.asked] == [("door", "icpl", 3, 0, "12"), ("door", "icpl", 3, 0, "21")]


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("Both reach.\nBetter: 1", 1.0),
        ("**Better:** 2", 0.0),
        ("better: candidate 2.", 0.0),
        ("Better: 2? No.\nBetter: 1", 1.0),
        ("Better: tie", 0.5),
        (" 1. ", 1.0),
        ("neither", 0.5),
        ("", np.nan),
        ("12", np.nan),
        ("Better: 12", np.nan),
        ("the first", np.nan),
    ],
)
def test_verdicts(answer, value):
    np.testing.assert_equal(verdict(answer), value)
