"""Prompts and answers are strings that know more; a batch keeps what was answered."""

import copy
import pickle

import pytest

from rewardlab.core.errors import OracleFailed
from rewardlab.core.oracle import Answer, Prompt, answers


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_keep_what_they_know(again):
    prompt = Prompt("what pays?", system="be brief", key=("reach", "text2reward", 0, 1))
    answer = Answer("this", author="hand", tokens=(3, 4), cost=0.5, finish="length", cached=True)
    assert again(prompt) == "what pays?" and again(prompt).key == prompt.key and again(prompt).system == "be brief"
    assert [getattr(again(answer), n) for n in Answer.__slots__] == [getattr(answer, n) for n in Answer.__slots__]


def test_answers_keep_their_places():
    failed = OracleFailed("no answer")
    assert answers(lambda ps: [p.upper() if p != "b" else failed for p in ps], ["a", "b"]) == ["A", failed]
    assert answers(lambda ps: ps[:0], []) == []

    def refuse(prompts):
        raise failed

    assert answers(refuse, ["a", "b"]) == [failed, failed]


@pytest.mark.parametrize("given", ["one", ["a"], [1, 2], [None, "b"]])
def test_what_is_no_batch_of_texts_is_named(given):
    with pytest.raises(OracleFailed, match=r"answer|text"):
        answers(lambda prompts: given, ["x", "y"])
