"""What the critic makes of programs that the sandbox accepts: constants, sizes, signs, goals that nobody reads."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from designed_line import AWAY, BATCH, CONSTANT, GOOD, LAZY, Plain

from rewardlab.core.errors import BadOption
from rewardlab.rewards.language.design.critic import Verdict, of_vetting, plain, semantics

PASSED = Verdict(True, (), (), {"minimum": -1.0})


def judged(source, **options):
    return semantics(PASSED, Plain(source), options.pop("uses", ("next_obs",)), BATCH, **options)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (CONSTANT, "constant"),
        (AWAY, "sign"),
        (GOOD.replace("-abs", "-1e7 * abs"), "per step"),
        ("def reward(obs, action, next_obs, info):\n    return 1.0 if info['success'] else float('inf')\n", "NaN"),
    ],
)
def test_faults_are_refused(source, problem):
    verdict = judged(source)
    assert not verdict.accepted and problem in " ".join(verdict.problems) and verdict.report == PASSED.report


@pytest.mark.parametrize("source", [GOOD, LAZY, GOOD.replace("-abs", "1 - abs")])
def test_healthy_twins_pass(source):
    assert judged(source).accepted and not judged(source).remarks


def test_a_large_pay_and_a_goal_that_nobody_reads_are_remarked_on():
    assert "5e+03" in judged(GOOD.replace("-abs", "-5e3 / 2 * abs")).remarks[0]
    assert "nor success" in judged(LAZY, uses=("action",)).remarks[0]
    assert not judged(LAZY, uses=("action", 'info["success"]')).remarks
    assert not judged(LAZY, uses=None).remarks


def test_the_audit_is_asked_about_good_ones_only():
    asked = []

    def audit(reward):
        asked.append(reward)
        return "the optimum is kept"

    assert judged(GOOD, audit=audit).audit == "the optimum is kept" and not judged(AWAY, audit=audit).audit
    assert len(asked) == 1

    def fails(reward):
        raise BadOption("no table")

    assert judged(GOOD, audit=fails).audit == "no audit: no table"


def test_verdicts_come_back_from_json_and_numbers_that_are_none_do_not_break_it():
    vetting = SimpleNamespace(
        accepted=False, problems=("line 2: no",), notes=("slow",), layers={"seccomp": "on"},
        report={"maximum": np.float32(np.inf), "parts": {"a": {"mean": np.nan}}, "n": np.int64(3), "x": np.ones(2)},
    )  # fmt: skip
    held = json.loads(json.dumps(of_vetting(vetting).to_json(), allow_nan=False))
    assert held["report"] == {"maximum": None, "parts": {"a": {"mean": None}}, "n": 3, "x": [1.0, 1.0],
                              "layers": {"seccomp": "on"}}  # fmt: skip
    verdict = Verdict.from_json(held)
    assert not verdict.accepted and verdict.problems == ("line 2: no",) and verdict.remarks == ("slow",)
    assert plain({1: {2.0, 1.0}, "b": True}) == {"1": [1.0, 2.0], "b": True}
