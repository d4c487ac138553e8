"""The designer loop with scripted answers and agents in closed form."""

import json
import time

import numpy as np
import pytest
from designed_line import (
    AWAY,
    BATCH,
    BROKEN,
    CONSTANT,
    CONTEXT,
    ELSEWHERE,
    GOOD,
    LAZY,
    NAN,
    Answers,
    Scripted,
    Train,
    fenced,
    vet,
)  # fmt: skip

from rewardlab.core.errors import BadOption, BudgetSpent, DesignFailed, NoRecording, OracleFailed
from rewardlab.rewards.language.design.budget import Budget
from rewardlab.rewards.language.design.loop import Designed, design_reward


def run(by, *, train=None, **options) -> Designed:
    ask = by if callable(by) and not isinstance(by, dict) and hasattr(by, "asked") else Answers(by)
    train = train or Train()
    given = {"rounds": 1, "size": 2, "vet": vet, **options}
    return design_reward(given.pop("system", Scripted()), CONTEXT, ask, train, BATCH, **given)


def test_the_best_program_is_found_by_success():
    made = run({0: fenced(LAZY), 1: fenced(GOOD)})
    assert made.best.name == "1.2" and made.best.trained.success == 1.0
    assert [c.name for c in made.ranking] == ["1.2", "1.1"] and made.ranking[1].trained.success == 0.0
    assert made.best.author == "hand" and made.stopped == "1 round is done"
    assert made.spent.calls == 2 and made.spent.cost == 1.0 and made.spent.trainings == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "empty"),
        ("The agent should move to the right.", "prose"),
        (fenced(ELSEWHERE), "gripper_height"),
        (fenced(BROKEN), "line 1"),
        (fenced(NAN), "NaN"),
        (fenced(CONSTANT), "constant"),
        (fenced(AWAY), "sign"),
        (OracleFailed("401: the key was refused"), "401"),
        (OracleFailed("OPENAI_API_KEY is not set"), "OPENAI_API_KEY"),
    ],
)
def test_what_is_bad_is_dropped_with_its_reason_and_the_rest_goes_on(answer, reason):
    made = run(lambda p: fenced(GOOD) if p.key[3] == 1 else answer)
    bad = made.candidates[0]
    assert made.best.name == "1.2" and not bad.accepted and bad.trained is None
    assert reason in " ".join(bad.verdict.problems)
    assert bad.repairs == (0 if isinstance(answer, OracleFailed) else 2)


def test_a_fault_goes_back_with_its_reason_until_it_is_mended():
    ask = Answers({0: fenced(NAN), "0.1": "I am sorry.", "0.2": fenced(GOOD)})
    made = run(ask, size=1)
    assert made.best.repairs == 2 and made.best.source == GOOD
    assert "NaN" in ask.asked[1] and NAN in ask.asked[1] and "prose" in ask.asked[2]
    assert [p.key for p in ask.asked] == [("test/Line-v0", "scripted", 0, k) for k in (0, "0.1", "0.2")]


def test_of_several_blocks_the_last_that_fits_is_taken_and_the_others_are_named():
    made = run({0: fenced(LAZY) + fenced(GOOD) + "```python\nprint(1)\n```"}, size=1)
    assert made.best.source == GOOD
    assert "block 1 of 3" in made.best.notes[0] and "block 3 of 3" in made.best.notes[1]


def test_a_round_without_any_answer_ends_the_run_with_what_is_known():
    made = run(lambda p: fenced(GOOD) if p.key[2] == 0 else OracleFailed("503"), rounds=5)
    assert made.best.name == "1.1" and made.rounds == 2 and "503" in made.stopped


def test_nothing_good_is_a_typed_error_that_says_why():
    with pytest.raises(DesignFailed, match=r"1\.1: .*prose.*1\.2"):
        run(lambda p: "no code here")
    with pytest.raises(DesignFailed, match="out of memory") as e:
        run({0: fenced(GOOD)}, size=1, train=Train(fails=lambda r: "out of memory"))
    assert e.value.best == GOOD  # passed the critic


def test_an_oracle_that_never_answers_holds_nobody_back():
    def ask(prompts):
        time.sleep(30)

    ask.asked = []
    began = time.monotonic()
    with pytest.raises(DesignFailed, match=r"no answer within 0\.05 s"):
        run(ask, patience=0.05, rounds=3)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("budget", "word", "calls", "trainings"),
    [
        (Budget(calls=3), "3 calls", 3, 3),
        (Budget(cost=1.0), "cost", 2, 2),
        (Budget(trainings=1), "1 trainings", 2, 1),
    ],
)
def test_a_spent_budget_ends_the_run_with_the_best_known(tmp_path, budget, word, calls, trainings):
    ask, train = Answers(lambda p: fenced(GOOD + f"# {p.key}\n")), Train()
    options = {"rounds": 9, "budget": budget, "transcript": tmp_path / "t.jsonl"}
    made = run(ask, train=train, **options)
    again = run(Answers(lambda p: "asked anew"), train=Train(kill_after=0), **options)
    assert outcome(again) == outcome(made) and vars(again.spent) == vars(made.spent)
    assert word in made.stopped and made.best.trained.success == 1.0
    assert len(ask.asked) == made.spent.calls == calls and len(train.trained) == made.spent.trainings == trainings


def test_seconds_are_a_budget_too():
    def slow(p):
        time.sleep(0.05)
        return fenced(GOOD)

    made = run(slow, rounds=50, budget=Budget(seconds=0.15))
    assert "seconds" in made.stopped and made.rounds < 50 and made.best.trained.success == 1.0


def test_the_oracles_own_cap_ends_the_run():
    def ask(p):
        if p.key[2] == 1:
            raise BudgetSpent("the next call could cost 0.02, 0.01 is left")
        return fenced(GOOD)

    made = run(ask, rounds=4)
    assert "0.01 is left" in made.stopped and made.best.name == "1.1"


def test_a_recording_that_holds_some_answers_gives_these_and_ends_there():
    def ask(prompts):
        ask.asked += prompts
        if any(p.key[2:] not in ((0, 0), (0, 1), (1, 1)) for p in prompts):
            raise NoRecording("nothing is recorded for these")
        return [fenced(GOOD if p.key[3] else LAZY) for p in prompts]

    ask.asked = []
    made = run(ask, rounds=5)
    assert made.rounds == 3 and "nothing is recorded" in made.stopped
    assert [c.accepted for c in made.candidates] == [True, True, False, True, False, False]


def test_the_same_program_is_not_trained_twice():
    train = Train()
    made = run(lambda p: fenced(GOOD), rounds=2, train=train)
    assert len(train.trained) == 1 and all(c.trained.success == 1.0 for c in made.candidates)
    assert "the same program as 1.1" in made.candidates[3].notes[-1]


def dialogue(p):
    r, c = p.key[2:]
    if c == 0:
        return fenced(NAN)
    return fenced(GOOD.replace("1.0", f"{1 - 0.1 * (3 - r):.1f}")) if c == 1 else fenced(LAZY + f"# {p.key}\n")


def outcome(made: Designed) -> str:
    return json.dumps(
        [made.stopped, [c.to_json() for c in made.candidates], [c.name for c in made.ranking], made.reflections]
    )


@pytest.mark.parametrize("moment", range(1, 6))
def test_a_killed_run_goes_on_to_the_same_end_and_a_finished_one_plays_again(tmp_path, moment):
    options = {"rounds": 3, "settings": {"steps": 10}}
    whole = run(dialogue, transcript=tmp_path / "whole.jsonl", **options)
    ask, path = Answers(dialogue), tmp_path / "killed.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run(ask, transcript=path, train=Train(kill_after=moment), **options)
    with path.open("ab") as f:  # cut in the middle of a line
        f.write(b'{"kind": "answer", "key": [')
    rest, train = Answers(dialogue), Train()
    again = run(rest, transcript=path, train=train, **options)
    assert outcome(again) == outcome(whole) and len(train.trained) == 6 - moment
    assert not {p.key for p in ask.asked} & {p.key for p in rest.asked}

    def never(p):
        raise AssertionError("asked anew")

    replay = run(never, transcript=path, train=Train(kill_after=0), **options)
    assert outcome(replay) == outcome(whole)
    steps = replay.best.trained.steps
    assert np.array_equal(steps.obs, whole.best.trained.steps.obs) and steps.info["success"].any()


def test_more_rounds_go_on_from_a_finished_run(tmp_path):
    path = tmp_path / "t.jsonl"
    run(dialogue, rounds=1, transcript=path)
    ask = Answers(dialogue)
    made = run(ask, rounds=3, transcript=path)
    assert {p.key[2] for p in ask.asked} == {1, 2} and outcome(made) == outcome(run(dialogue, rounds=3))


def test_a_failed_call_is_made_again_when_the_run_goes_on(tmp_path):
    path = tmp_path / "t.jsonl"
    with pytest.raises(DesignFailed):
        run(lambda p: OracleFailed("no key"), transcript=path)
    assert run(lambda p: fenced(GOOD), transcript=path).best.trained.success == 1.0
    more = {"rounds": 3, "transcript": tmp_path / "u.jsonl"}
    assert "503" in run(lambda p: fenced(LAZY) if p.key[2] == 0 else OracleFailed("503"), **more).stopped
    assert run(lambda p: fenced(GOOD), **more).best.name == "2.1"


@pytest.mark.parametrize("change", [{"seed": 1}, {"size": 3}, {"settings": {"steps": 11}}])
def test_a_transcript_of_another_run_is_refused(tmp_path, change):
    path = tmp_path / "t.jsonl"
    run(dialogue, transcript=path, settings={"steps": 10})
    with pytest.raises(BadOption, match=next(iter(change))):
        run(dialogue, transcript=path, **{"settings": {"steps": 10}, **change})


@pytest.mark.parametrize("bad", [{"rounds": 0}, {"size": True}, {"rounds": 1.5}])
def test_numbers_below_one_are_refused(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        run({}, **bad)
