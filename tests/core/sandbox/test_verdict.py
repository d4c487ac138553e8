"""The verdict is drawn from numbers alone: each fault of theirs is a sentence, and healthy ones are none."""

from dataclasses import replace

import numpy as np
import pytest
from core.sandbox.test_vetting import STEPS

from rewardlab.core.sandbox import Limits
from rewardlab.core.sandbox.jail.session import Ended
from rewardlab.core.sandbox.trial_rows import trial_rows
from rewardlab.core.sandbox.verdict import Seen, ended_in_words, judged, report_of

LIMITS = Limits()
ROWS = trial_rows(STEPS, LIMITS)
PAY = np.linspace(-1.0, 1.0, len(ROWS.steps))
SEEN = Seen(PAY, {"a": PAY, "b": 0 * PAY}, PAY[list(ROWS.single)], 1e-6, 1e-5, 0, True, None, ("obs",), {})


def without(i, value):
    """The same pay with `value` in row i, alone and beside others."""
    pay = PAY.copy()
    pay[i] = value
    return replace(SEEN, values=pay, single=pay[list(ROWS.single)], errors={i: "line 3; it broke"})


def test_healthy_numbers_have_no_problem_and_are_reported_as_they_are():
    problems, notes = judged(SEEN, ROWS, LIMITS)
    assert problems == () and notes == ("parts that never vary on the recorded steps: b",)
    report = report_of(SEEN, ROWS)
    assert (report["minimum"], report["maximum"]) == (-1.0, PAY[299]) and report["extreme"] == 1.0
    assert report["correlation"] == pytest.approx(np.corrcoef(PAY[:300], STEPS.reward)[0, 1], abs=1e-12)
    assert report["parts"]["b"]["constant"] and report["cost"] is None


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (without(7, np.nan), "1 of 300 recorded steps (step 7: line 3; it broke)"),
        (without(305, np.inf), "at the extremes (1 of 20; first: all numbers 0, truncated: line 3; it broke)"),
        (without(7, 2e6), "up to 2e+06"),
        (replace(SEEN, same=False), "two calls"),
        (replace(SEEN, single=SEEN.single + 1e-6), "alone"),
        (replace(SEEN, row=2e-3), "2 ms"),
        (replace(SEEN, growth=80 << 20), "80 MiB"),
    ],
)
def test_each_fault_is_one_sentence(seen, said):
    problems, _ = judged(seen, ROWS, LIMITS)
    assert len(problems) == 1 and said in problems[0]


def test_the_end_of_a_process_in_words():
    assert "within 5 s" in ended_in_words(Ended("late", "x"), LIMITS)
    assert "no such code" in ended_in_words(Ended("forged", "x"), LIMITS)
    assert "memory" in ended_in_words(Ended("died", "x"), LIMITS)
