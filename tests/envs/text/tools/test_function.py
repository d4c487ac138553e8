"""Any typed function is a tool."""

import pickle

import numpy as np
import pytest

from rewardlab.envs.text.tools.answer import answer
from rewardlab.envs.text.tools.function import Function
from rewardlab.envs.text.tools.parameters import schema
from rewardlab.envs.text.tools.tool import Session


def double(x: float, times: int = 1) -> float:
    """Double a number."""
    return x * 2**times


def count(session: Session, word: str) -> str:
    """Count a word."""
    session.memory = {**(session.memory or {}), word: (session.memory or {}).get(word, 0) + 1}
    return str(session.memory[word])


@pytest.fixture
def session():
    return Session(None, None, np.random.default_rng(0))


def test_it_is_described_and_called(session):
    tool = Function(double)
    assert (tool.name, tool.description(), list(schema(tool)["parameters"]["properties"])) == (
        "double", "Double a number.", ["x", "times"],
    )  # fmt: skip
    assert answer(tool, session, {"x": 3, "times": 2}) == "12.0"
    assert answer(tool, session, {"x": 1e308, "times": 63}) == "inf"


def test_a_session_is_given_to_who_asks_for_it(session):
    tool = Function(count)
    assert "session" not in schema(tool)["parameters"]["properties"]
    assert [answer(tool, session, {"word": w}) for w in "aba"] == ["1", "1", "2"]
    assert session.memory == {"a": 2, "b": 1}


def test_it_pickles(session):
    assert answer(pickle.loads(pickle.dumps(Function(double))), session, {"x": 1}) == "2.0"
