"""The desk for programs: calls that are read, and what each of them shows and changes."""

from rewardlab.envs.text.programs import Case
from rewardlab.envs.text.repair_desk import Desk, Job, called, read_call

CASES = (Case((1, 2), (3, 4)), Case((), (0,)), Case((0,), (2,)))
JOB = Job(("add 2", "sum"), ("add 3", "max"), CASES[:2], CASES[2:])


def test_every_call_shows_and_changes_what_it_should():
    desk = Desk(JOB.broken)
    assert called(JOB, desk, ("list", 0, ""), "list") == (desk, "a program of 2 lines, 2 tests")
    assert called(JOB, desk, ("list", 0, ""), "list", brief=True) == (desk, "2, 2")
    assert called(JOB, desk, ("view", 0, ""), "list") == (Desk(JOB.broken, viewed=True), "1: add 3; 2: max")
    after, said = called(JOB, desk, ("run", 0, ""), "list")
    assert after.ran and said == "fail 1 2 > 5, not 3 4; fail none > empty, not 0"
    edited, said = called(JOB, after, ("edit", 2, "sort"), "list")
    assert (edited.program, edited.ran, said) == (("add 3", "sort"), False, "ok")
    same, _ = called(JOB, after, ("edit", 1, "add 3"), "list")
    assert same == after and desk == Desk(JOB.broken)  # and nothing was changed in place


def test_calls_are_read_and_others_are_none():
    for said, due in {"view": ("view", 0, ""), " RUN tests. ": ("run", 0, ""), "edit 2 add 3": ("edit", 2, "add 3"),
                      "Edit line 1: KEEP even": ("edit", 1, "keep even"), "ls": ("list", 0, "")}.items():  # fmt: skip
        assert read_call(said, "list", 3) == due
    for said in ("", "edit", "edit 0 add 1", "edit 4 add 1", "edit 1 jump", "view 1", "run; submit", "edit one add 1",
                 "edit \u0661 add 1", "submit now", "edit 1 push 3"):  # fmt: skip
        assert read_call(said, "list", 3) is None
