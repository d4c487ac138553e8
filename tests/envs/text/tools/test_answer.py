"""Whatever a tool does, its answer is a short printable text."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption, SandboxUnavailable
from rewardlab.envs.text.tools.answer import answer, respond
from rewardlab.envs.text.tools.calls import Call
from rewardlab.envs.text.tools.tool import Session, Tool, ToolError

FAULTS = [
    (ToolError("no such town"), "error: no such town"),
    (BadOption("x=1", where="here", expected="y"), "error: x=1"),
    (ValueError("too small"), "error: ValueError: too small"),
    (ZeroDivisionError("division by zero"), "error: ZeroDivisionError: division by zero"),
    (KeyError("orn"), "error: KeyError: 'orn'"),
    (ValueError(), "error: ValueError"),
    (FileNotFoundError(2, "No such file", "/home/ada/key"), "error: FileNotFoundError"),
    (RecursionError("deep"), "error: RecursionError"),
    (MemoryError(), "error: MemoryError"),
    (ToolError("\x1b[31m"), "error: \\x1b[31m"),
]


class Faulty(Tool):
    """Fail, after spoiling the memory."""

    name = "faulty"

    def use(self, session: Session, which: int) -> str:
        session.memory = "spoiled"
        raise FAULTS[which][0]


class Loud(Tool):
    """Say much."""

    name = "loud"

    def use(self, session: Session, letter: str = "\x07") -> str:
        session.memory = letter
        return letter * 10**6


@pytest.fixture
def session():
    return Session(None, "kept", np.random.default_rng(0))


@pytest.mark.parametrize(("which", "said"), [(k, said) for k, (_, said) in enumerate(FAULTS)])
def test_a_fault_is_an_answer_and_memory_is_put_back(which, said, session):
    assert answer(Faulty(), session, {"which": which}) == said
    assert session.memory == "kept"


def test_wrong_arguments_are_an_answer_and_nothing_is_used(session):
    assert answer(Loud(), session, {"letters": "a"}).startswith("error: loud has no argument 'letters'")
    assert session.memory == "kept"


def test_an_answer_is_cut_and_visible(session):
    said = answer(Loud(), session, {}, output=200)
    assert len(said) == 200 and said.isprintable() and said.startswith("\\x07") and "1000000" in said
    assert respond(Call("loud", {"letter": "b"}), [Faulty(), Loud()], session, output=50).startswith("bbb")


def test_an_answer_that_is_no_text_is_shown_as_one(session):
    class Odd(Tool):
        """Return a number."""

        name = "odd"

        def use(self, session: Session) -> str:
            return 7  # a slip of the author

    assert answer(Odd(), session, {}) == "7"


def test_a_missing_wall_is_no_fault_of_the_agent(session):
    class Walled(Tool):
        """Need a wall."""

        name = "walled"

        def use(self, session: Session) -> str:
            raise SandboxUnavailable("a wall is missing")

    with pytest.raises(SandboxUnavailable):
        answer(Walled(), session, {})
