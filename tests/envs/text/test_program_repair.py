"""Programs to mend or write: verdicts for whole neighbourhoods of programs, and pay that can be earned by idling."""

import itertools

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.program_repair import ProgramRepair
from rewardlab.envs.text.programs import Case, lines_of, mutants, passed, run
from rewardlab.envs.text.repair_desk import Desk, Job


def drawn(rules, count=20):
    return [rules._task(rng_of(seed)) for seed in range(count)]


@pytest.mark.parametrize("language", ["list", "stack"])
@pytest.mark.parametrize("kind", ["repair", "write"])
def test_every_job_is_one(kind, language):
    rules = ProgramRepair(kind=kind, language=language, faults=2)
    for job in drawn(rules):
        cases = (*job.shown, *job.hidden)
        assert all(run(job.right, c.given, language) == c.due for c in cases)
        assert (len(job.shown), len(job.hidden)) == (rules.shown, rules.hidden)
        for k in range(rules.length):  # no line is idle
            assert passed((*job.right[:k], *job.right[k + 1 :]), cases, language) < len(cases)
        if kind == "repair":
            assert sum(a != b for a, b in zip(job.right, job.broken, strict=True)) == 2
            assert passed(job.broken, job.shown, language) < rules.shown
            assert passed(job.broken, job.hidden, language) < rules.hidden


@pytest.mark.parametrize("language", ["list", "stack"])
def test_the_verdict_on_every_neighbour_is_that_of_its_outputs(language):
    rules = ProgramRepair(language=language, length=3)
    wrong = 0
    for job in drawn(rules, 6):
        for program in mutants(job.right, language):
            due = True
            for case in (*job.shown, *job.hidden):
                try:
                    due &= run(program, case.given, language) == case.due
                except Exception:
                    due = False
            assert rules.check(";".join(program), job) == due
            wrong += not due
    assert wrong > 100


def test_of_all_programs_of_two_lines_just_the_equivalent_ones_pass():
    rules = ProgramRepair(length=2)
    inputs = [(3, -1, 2, 2), (0, 5), (-4, -4, 7), (8, 1, 1), (2,), (6, -7, 3), (-2, 9)]
    cases = [Case(xs, tuple(sorted(x + 1 for x in xs))) for xs in inputs]
    job = Job(("sort", "add 1"), ("sort", "add 2"), tuple(cases[:2]), tuple(cases[2:]))
    right = {p for p in itertools.product(lines_of("list"), repeat=2) if rules.check("\n".join(p), job)}
    assert right == {("sort", "add 1"), ("add 1", "sort")}


def test_idle_calls_earn_what_the_table_of_filler_calls_says():
    env = gym.make("rewardlab/ToolRepair-v0")  # 0.1 for a valid call, 0.1 for one that the critic likes
    env.reset(seed=0)
    rewards = [env.step("view")[1] for _ in range(20)]
    assert sum(rewards) == pytest.approx(20 * 0.2)
    env.reset(seed=0)
    total, over, info = 0.0, False, {}
    while not over:
        state = env.unwrapped.get_state()["state"]
        _, reward, over, _, info = env.step(env.unwrapped.rules.expert(state["task"][0], state["memory"][0], None))
        total += reward
    assert info["success"] and info["turn"] == 5 and total == pytest.approx(1 + 4 * 0.2 + 0.1)
    assert total < sum(rewards)  # idling pays more, which a gate on the outcome mends


@pytest.mark.parametrize("error", [0.0, 0.2])
def test_the_critic_errs_as_often_as_it_says(error):
    rules = ProgramRepair(critic_error=error)
    job, rng, count = drawn(rules, 1)[0], np.random.default_rng(0), 2000
    for said, due in (("view", True), ("run", True), ("list", False), (f"edit 1 {job.broken[0]}", False)):
        liked = sum(rules.hear(job, Desk(job.broken), said, rng).columns["liked"] for _ in range(count))
        wrong = count - liked if due else liked
        assert abs(wrong / count - error) <= 4 * np.sqrt(error * (1 - error) / count)  # four standard errors


def test_the_tests_that_are_run_are_told_and_edits_change_the_program():
    rules = ProgramRepair(length=2, shown=2, hidden=1)
    cases = (Case((1, 2), (3, 4)), Case((5,), (7,)), Case((0,), (2,)))
    job = Job(("add 2", "sort"), ("add 3", "sort"), cases[:2], cases[2:])
    say = lambda desk, said: rules.hear(job, desk, said, np.random.default_rng(0))  # noqa: E731
    desk = rules.begin(job)
    assert say(desk, "list").reply == "a program of 2 lines, 2 tests"
    assert say(desk, "view").reply == "1: add 3; 2: sort"
    assert say(desk, "run tests").reply == "fail 1 2 > 4 5, not 3 4; fail 5 > 8, not 7"
    edited = say(desk, "Edit line 1: add 2")
    assert edited.columns["changed"] and edited.columns["shown_passed"] == 1.0
    assert say(edited.memory, "run").reply == "pass; pass"
    assert not say(edited.memory, "edit 1 add 2").columns["changed"]
    assert say(edited.memory, "submit").success
    lost = say(desk, "submit")
    assert lost.over and not lost.success and lost.columns["passed"] == 0.0
    assert say(say(desk, "edit 1 keep neg").memory, "edit 2 max").columns["error"]


def test_a_share_is_paid_for_the_share_of_the_hidden_tests():
    rules = ProgramRepair(kind="write", graded=True, length=2, hidden=4, shown=1)
    cases = tuple(Case((k,), (abs(k) + 1,)) for k in (1, 2, 3, -4, -5))
    job = Job(("keep pos", "add 1"), (), cases[:1], cases[1:])
    heard = rules.hear(job, Desk(()), "add 1", np.random.default_rng(0))
    assert heard.parts["outcome"] == heard.columns["passed"] == 0.5 and not heard.success and heard.over
    assert heard.columns["length"] == 1


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"kind": "x"}, {"language": "c"}, {"length": 1}, {"faults": 0}, {"length": 2, "faults": 3},
                  {"shown": 0}, {"hidden": 21}, {"turns": 3}, {"valid_pay": -1.0}, {"liked_pay": float("nan")},
                  {"critic_error": 0.6}):  # fmt: skip
        with pytest.raises(BadOption, match=list(wrong)[-1]):
            ProgramRepair(**wrong)


@pytest.mark.parametrize("brief", [False, True])
def test_a_report_names_the_wrong_lines_and_what_they_should_be(brief):
    """Who edits what it says passes; the room for the prompt is not left."""
    rules = ProgramRepair(length=6, faults=3, shown=5, reported=True, brief=brief)
    for job in drawn(rules, 10):
        prompt, program = rules.prompt(job), list(job.broken)
        report = prompt.split(", ")[0] if brief else prompt.split("What should stand there: ")[1].split(". Tests")[0]
        for part in report.split("; "):
            at, line = part.split(": ")
            assert program[int(at) - 1] != line
            program[int(at) - 1] = line
        assert tuple(program) == job.right and len(prompt) <= rules.heard
    with pytest.raises(BadOption, match="repair"):
        ProgramRepair(kind="write", reported=True)
