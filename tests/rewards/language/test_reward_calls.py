"""Calls as data: what each sets, and that everything else is refused with its line."""

import pytest

from rewardlab.core.errors import BadProgram
from rewardlab.rewards.language.bodies import HOPPER, REACHER, WALKER
from rewardlab.rewards.language.cost_spec import Spec, Term
from rewardlab.rewards.language.reward_calls import apply, read_calls, signature

START = Spec.default(WALKER)


def made(text, spec=START, body=WALKER):
    return apply(read_calls(text, body), spec, body)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("set_torso_height(1.1)", Term("height", 1.1, 100.0)),
        ("set_torso_height(height=+1)", Term("height", 1.0, 100.0)),
        ("set_torso_pitch(-0.3)  # lean back", Term("pitch", -0.3, 100.0)),
        ("set_foot('left', 0.2, False)", Term("lift left", 0.2, 100.0)),
        ("set_foot('left', 0, contact=True)", Term("foot left", 0.0, 100.0)),
        ("set_joint_target('left leg', -0.5, 7)", Term("joint left leg", -0.5, 7.0)),
    ],
)
def test_each_call_sets_its_term_and_no_other(text, term):
    spec, duration = made(text)
    assert duration is None and spec.changed(START) == {term.key} and term in spec.terms


def test_points_fences_and_durations():
    spec, duration = made("```python\nmin_l2_distance('fingertip', 'target', 5)\n\nexecute(2.5)\n```",
                          Spec.default(REACHER), REACHER)  # fmt: skip
    assert duration == 2.5 and Term("distance fingertip, target", 0.0, 5.0, "smooth_abs") in spec.terms


def test_a_foot_is_lifted_or_on_the_ground_and_not_both():
    spec, _ = made("set_foot('left', 0.2, False)\nset_foot('left', 0.0, True)")
    assert [t.key for t in spec.terms if "left" in t.key] == ["foot left"]


def test_reset_restores_the_defaults_to_the_bit():
    spec, _ = made("set_torso_height(1.0)\nset_torso_pitch(0.3)\nset_foot('right', 0.1, False)")
    back, _ = made("reset_reward()", spec)
    assert back == START and back.to_json() == START.to_json()


BAD = [
    "import os", "x = 1", "set_torso_height", "set_torso_height()", "set_torso_height(0.1)", "set_torso_height(1.5)",
    "set_torso_height(1e999)", "set_torso_height(True)", "set_torso_height('1')", "set_torso_height(1.0, 2.0)",
    "set_torso_height(1.0, height=1.0)", "set_torso_height(h=1.0)", "set_torso_height(1 + 0)", "set_torso_height(--1)",
    "set_torso_height(-True)", "set_torso_pitch(1j)", "set_foot('middle', 0.1, True)", "set_foot('left', 0.9, True)",
    "set_foot('left', 0.1, 1)", "set_foot(['left'], 0.1, True)", "set_joint_target('left foot', -2, 1)",
    "set_joint_target('left leg', -1, -1)", "set_joint_target('left leg', -1, 101)", "execute(-1)", "execute(61)",
    "execute(float('inf'))", "min_l2_distance('a', 'b', 1)", "os.system('true')", "__import__('os')",
    "set_torso_height(*[1.0])", "set_torso_height(**{'height': 1.0})", "[execute(1)]", "execute(1) if True else 0",
    "reset_reward(); reset_reward(1)", "(lambda: 0)()", "set_torso_height(1.0",
    "def f():\n    execute(1)", "execute(nan)", "reset_reward()()", "f'{execute(1)}'",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_everything_else_is_refused_with_its_line(text):
    with pytest.raises(BadProgram) as caught:
        made(f"reset_reward()\n\n{text}")
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "text", ["", "   \n", "# nothing", "Stand up straight, please.", "x" * 20_000, "\x00", "(" * 9000]
)
def test_no_calls_are_refused(text):
    with pytest.raises(BadProgram):
        made(text)


def test_a_point_has_no_distance_to_itself_and_a_body_without_a_torso_no_height():
    for text in ("min_l2_distance('target', 'target', 1)", "set_torso_height(1.0)"):
        with pytest.raises(BadProgram):
            made(text, Spec.default(REACHER), REACHER)


def test_what_a_coder_is_told_can_be_written():
    told = signature(HOPPER)
    assert told.splitlines()[0] == "set_torso_height(height: 0.8 to 1.4)"
    assert "set_foot(name: 'foot', height: 0 to 0.4, contact: True or False)" in told
    assert "min_l2_distance" not in told and "execute(duration: 0 to 60)" in told
