"""Asking: answers kept in order, one by one where a recording is short, never again what is written."""

import pytest
from designed_line import Answers

from rewardlab.core.errors import BadOption, NoRecording, OracleFailed
from rewardlab.core.oracle import Prompt
from rewardlab.rewards.language.design.budget import Budget
from rewardlab.rewards.language.design.desk import Desk
from rewardlab.rewards.language.design.transcript import Transcript


def prompts(*candidates):
    return [Prompt(f"what of {c}?", system="be short", key=("env", "s", 0, c)) for c in candidates]


def desk(oracle, book=None, budget=None, patience=None):
    return Desk(
        book or Transcript(), oracle, budget=budget or Budget(), patience=patience, watch=lambda kind, what: None
    )


def test_answers_stay_in_order_and_are_not_asked_for_twice():
    oracle, book = Answers(lambda p: OracleFailed("429") if p.key[3] == 1 else f"to {p.key[3]}"), Transcript()
    first = desk(oracle, book).ask(prompts(0, 1, 2))
    assert [str(a).split("\n")[0] for a in first] == ["to 0", "429", "to 2"]
    assert first[0].author == "hand" and first[0].cost == 0.5
    again = desk(oracle, book).ask(prompts(2, 0, 1))
    assert [str(a) for a in again][:2] == ["to 2", "to 0"] and again[0].cached and again[0].author == "hand"
    assert [p.key[3] for p in oracle.asked] == [0, 1, 2, 1]  # what failed is asked again
    line = book.find("answer", ("env", "s", 0, 0))
    assert line["prompt"] == "what of 0?" and line["system"] == "be short" and line["cost"] == 0.5


def test_the_cap_on_calls_cuts_a_batch():
    oracle = Answers(lambda p: "yes")
    at = desk(oracle, budget=Budget(calls=2))
    got = at.ask(prompts(0, 1, 2))
    assert [isinstance(a, OracleFailed) for a in got] == [False, False, True] and "2 calls" in at.stopped
    assert len(oracle.asked) == 2


def test_a_recording_gives_what_it_has():
    def oracle(asked):
        if any(p.key[3] == 1 for p in asked):
            raise NoRecording("nothing for 1")
        return ["yes"] * len(asked)

    got = desk(oracle).ask(prompts(0, 1, 2))
    assert [str(a) for a in got] == ["yes", "nothing for 1", "yes"]


def test_nobody_to_ask_and_prompts_without_keys_are_said():
    assert "no oracle" in str(desk(None).ask(prompts(0))[0])
    with pytest.raises(BadOption, match="without a key"):
        desk(None).ask([Prompt("hm")])


@pytest.mark.parametrize("wrong", [lambda p: ["one"], lambda p: [1, 2], lambda p: "text"])
def test_answers_of_another_shape_are_failures_with_or_without_a_clock(wrong):
    for patience in (None, 5.0):
        assert all(isinstance(a, OracleFailed) for a in desk(wrong, patience=patience).ask(prompts(0, 1)))
