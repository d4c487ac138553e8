"""The template: what is written is read back, each sentence is one call, and other sentences are refused."""

import pytest

from rewardlab.core.errors import BadProgram
from rewardlab.rewards.language.bodies import HOPPER, REACHER, WALKER
from rewardlab.rewards.language.motion_template import END, START, Statement, read, template, write
from rewardlab.rewards.language.reward_calls import read_calls

ALL = [
    Statement("height", (1.1,)), Statement("pitch", (-0.3,)), Statement("stand", ("left",)),
    Statement("lift", ("right", 0.2)), Statement("joint", ("left leg", -0.5)), Statement("forget"),
    Statement("execute", (2.0,)),
]  # fmt: skip


def test_statements_are_written_and_read_back_and_each_is_a_call():
    assert read(f"Sure!\n{write(ALL)}\nDone.", WALKER) == ALL
    for statement in ALL:
        (call,) = read_calls(statement.call, WALKER)
        assert [v for v in call.values.values() if v in statement.values] or statement.kind == "forget"
    near = Statement("near", ("fingertip", "target"))
    assert read(write([near]), REACHER) == [near] and read_calls(near.call, REACHER)[0].name == "min_l2_distance"


def test_a_describer_is_told_only_what_the_body_has():
    assert "The torso should be [NUMBER] m high." in template(HOPPER)
    assert "The foot '[CHOICE: left, right]' should be [NUMBER] m off the ground." in template(WALKER)
    told = template(REACHER)
    assert "torso" not in told and "foot" not in told
    assert "The '[CHOICE: fingertip, target, elbow, base]' should be at the '[CHOICE: fingertip, " in told


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Stand tall.", None),
        (f"{START}\n{END}", None),
        (f"{START}\nThe torso should be tall.\n{END}", 1),
        (f"{START}\nThe torso should be 1.2 m high.\nThe torso should be 1.2 m high. Really.\n{END}", 2),
        (f"{START}\nThe torso should be 1e3 m high.\n{END}", 1),
        (f"{START}\nThe 'tip' should be at the 'target'.\n{END}", 1),  # a hopper has no places
    ],
)
def test_what_is_not_in_the_template_is_refused_with_its_line(text, line):
    with pytest.raises(BadProgram) as caught:
        read(text, HOPPER)
    assert caught.value.line == line
