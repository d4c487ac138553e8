"""A person at streams: lines in, labels out; and nobody there is said, not waited for."""

import io

import numpy as np
import pytest

from rewardlab.core.errors import OracleFailed
from rewardlab.core.oracle import PersonAsk, PersonPrefer, Prompt
from rewardlab.core.oracle.person import printable


def asked(text, prompts):
    screen = io.StringIO()
    return PersonAsk("Ada", source=io.StringIO(text), screen=screen)(prompts), screen.getvalue()


def test_answers_end_with_an_empty_line_but_not_within_a_fence():
    code = "so:\n```python\ndef f():\n\n    return 1\n```"
    given, screen = asked(f"one\ntwo\n\n{code}\n\nlast", ["a?", Prompt("b?", system="be brief"), "c?"])
    assert given == ["one\ntwo", code, "last"] and given[0].author == "Ada"
    assert "a?" in screen and "be brief\n\nb?" in screen and "[2 of 3]" in screen


def test_no_line_is_an_error_in_its_place():
    given, _ = asked("\nyes\n", ["a?", "b?", "c?"])
    assert given[1] == "yes" and [isinstance(g, OracleFailed) for g in given] == [True, False, True]


def test_labels():
    source = io.StringIO("1\n2\nwhat\n\n0\nS\n=\n")
    screen = io.StringIO()
    labels = PersonPrefer(source=source, screen=screen)(["which?"] * 6, list("abcdef"), list("ghijkl"))
    np.testing.assert_array_equal(labels, [1, 0, 0.5, np.nan, 0.5, np.nan])  # the input ended before the sixth
    assert screen.getvalue().count("Which is better?") == 8 and "--- 2 ---\ng" in screen.getvalue()


def test_texts_do_not_take_hold_of_the_terminal():
    assert printable("a\x1b[2Jb\r\x07\u202e\n\tü") == "a\\x1b[2Jb\\r\\x07\\u202e\n\tü"
    _, screen = asked("x\n", ["\x1b]0;title\x07"])
    assert "\x1b" not in screen and "\x07" not in screen


@pytest.mark.parametrize("call", [lambda: PersonAsk()(["?"]), lambda: PersonPrefer()(["?"], ["a"], ["b"])])
def test_without_a_terminal_nobody_is_asked(monkeypatch, call):
    monkeypatch.setattr("sys.stdin", io.StringIO("piped\n"))
    with pytest.raises(OracleFailed, match="no terminal"):
        call()
