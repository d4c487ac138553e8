"""The defaults that systems share."""

import pytest
from designed_line import BATCH, CONTEXT, GOOD

from rewardlab.core.oracle import Prompt
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.critic import Verdict
from rewardlab.rewards.language.design.system import Run, System
from rewardlab.rewards.language.design.trained import Trained


def a_run(**options):
    return Run(CONTEXT, BATCH, "s", 2, 7, lambda prompts: [], **options)


def good(r, i, success, pay=0.0):
    return Candidate(r, i, GOOD, verdict=Verdict(True), trained=Trained(success, pay))


def test_candidates_are_ranked_by_success_return_and_age():
    cs = [good(0, 0, 0.5), good(0, 1, 0.9), good(1, 0, 0.9, 0.1), good(1, 1, 0.5), Candidate(1, 2)]
    assert [c.name for c in System().choose(a_run(candidates=cs))] == ["2.1", "1.2", "1.1", "2.2"]


def test_a_repair_shows_the_program_and_what_is_wrong():
    c = Candidate(0, 1, GOOD, verdict=Verdict(False, ("line 2: no", "and NaN")))
    asked = Prompt("write", system="you are", key=("e", "s", 0, 1))
    back = System().repair(c, asked, "an answer", a_run())
    assert back.key == ("test/Line-v0", "s", 0, "1.1") and back.system == "you are"
    assert back.startswith("write\n") and GOOD in back and "- line 2: no\n- and NaN" in back
    c.source = ""
    assert "an answer" in System().repair(c, asked, "an answer", a_run())


def test_a_round_draws_the_same_numbers_again_and_others_than_the_next():
    run = a_run()
    first = run.rng.random(3).tolist()
    assert run.rng.random(3).tolist() == first
    run.round = 1
    assert run.rng.random(3).tolist() != first


def test_a_system_must_propose():
    with pytest.raises(NotImplementedError, match="define propose"):
        System().propose(a_run())
    assert a_run().best is None and System().reflect(a_run()) == "" and System().finished(a_run()) == ""
