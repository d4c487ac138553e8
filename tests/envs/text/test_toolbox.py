"""Tools in a dialogue: read, answered in their order, and remembered as data."""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.toolbox import Toolbox
from rewardlab.envs.text.tools import Calculator, KeyValue, Session, Tool
from rewardlab.envs.world import WorldEnv


class Dice(Tool):
    """Throw a die."""

    name = "dice"

    def use(self, session: Session, sides: int = 6) -> str:
        """What came up."""
        session.memory = (session.memory or 0) + 1
        if sides < 1:
            raise ValueError("no sides")
        return f"{int(session.rng.integers(sides)) + 1} of {session.data} after {session.memory}"


@dataclass
class Errand(Dialogue):
    """Say what the task is, after any number of calls."""

    turns = 6
    parts = ("outcome", "call")
    toolbox = Toolbox(Calculator(), KeyValue(), Dice(), limit=2, output=40)

    def task(self, rng):
        return int(rng.integers(100))

    def prompt(self, task):
        return f"Say {task}."

    def called(self, task, memory, calls, answers):
        return Heard("\n".join(answers), {"call": -0.01 * len(calls)}, memory=memory)

    def check(self, said, task):
        return said == str(task)


def play(*said, malformed="retry"):
    env = WorldEnv(Errand(malformed=malformed))
    env.reset(seed=5)
    return env, [env.step(text) for text in said]


def test_calls_are_answered_in_their_order_and_cost_a_turn():
    both = '<tool_call>{"name": "calc", "arguments": {"expression": "3+4"}}</tool_call>'
    env, steps = play("@calc 2**10", f"let me see: {both} and {both}")
    assert [s[4]["reply"] for s in steps] == ["1024", "7\n7"]
    assert [s[1] for s in steps] == [-0.01, -0.02] and steps[1][4]["turn"] == 2 and not steps[1][2]
    assert steps[0][0].endswith("you: @calc 2**10\ntool: 1024")
    assert env.step(str(env.get_state()["state"]["task"][0]))[1] == 1.0


def test_what_tools_remember_is_data_of_the_row():
    env, steps = play("@dice", "@dice sides=2")
    task = env.get_state()["state"]["task"][0]
    assert [s[4]["reply"].split(" ", 1)[1] for s in steps] == [f"of {task} after {k}" for k in (1, 2)]
    saved = pickle.loads(pickle.dumps(env.get_state()))
    first = env.step("@dice sides=1000")
    env.set_state(copy.deepcopy(saved))
    assert env.step("@dice sides=1000")[4]["reply"] == first[4]["reply"]
    assert saved["state"]["tools"][0] == (None, None, 2)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("@die", "dice"), ("@dice sides=x", "sides"), ("@calc 1\n@calc 2\n@calc 3", "2"),
        ("<tool_call>{}</tool_call>", "name"), ("@dice sides=1 faces=2", "faces"),
    ],
)  # fmt: skip
def test_calls_that_cannot_be_read_are_ruled_on_as_what_means_nothing(said, word):
    _, steps = play(said, malformed="penalty")
    assert not steps[0][4]["understood"] and steps[0][1] == pytest.approx(-0.1) and word in steps[0][4]["reply"]
    assert steps[0][4]["reply"].startswith("error: ")


def test_an_error_of_a_tool_is_its_answer_and_long_answers_are_cut():
    _, steps = play("@dice sides=0", "@calc 9**99", "@calc 1/0")
    assert steps[0][4]["reply"] == "error: ValueError: no sides" and steps[0][4]["understood"]
    assert len(steps[1][4]["reply"]) <= 40 and steps[2][4]["reply"].startswith("error: ")


def test_without_tools_nothing_is_a_call():
    assert Toolbox().read("@calc 3") == ([], "") and Toolbox().usage() == ""


def test_each_tool_says_what_it_is_for():
    lines = Errand.toolbox.usage().splitlines()
    assert len(lines) == 3 and "calc" in lines[0] and "Throw a die" in lines[2]


def test_what_cannot_be_is_refused():
    with pytest.raises(BadOption, match="a name of its own"):
        Toolbox(Calculator(), Calculator())
    for wrong in ({"limit": 0}, {"output": 3}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            Toolbox(**wrong)
    assert Toolbox(Calculator()) == pickle.loads(pickle.dumps(Toolbox(Calculator()))) != Toolbox()
    np.testing.assert_equal(Errand(), Errand())
