"""Chat messages: what they say, and calls of tools as the text that tools read."""

import pytest

from rewardlab.core.chat import said_in, text_of
from rewardlab.envs.text.tools import Calculator, Fault, read


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a\nb", "a\nb"),
        ("", ""),
        (None, ""),
        ([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}], "ab"),
        ([{"type": "text", "text": None}, "x"], ""),
    ],
)
def test_text(content, text):
    assert text_of({"role": "user", "content": content}) == text
    assert said_in({"role": "assistant", "content": content}) == text


def test_a_message_without_content():
    assert text_of({"role": "assistant"}) == said_in({"role": "assistant", "tool_calls": None}) == ""


@pytest.mark.parametrize("arguments", [{"expression": "3+4"}, '{"expression": "3+4"}'])
def test_calls_are_written_so_that_tools_read_them(arguments):
    call = {"type": "function", "function": {"name": "calc", "arguments": arguments}}
    said = said_in({"role": "assistant", "content": "Let me see.", "tool_calls": [call, call]})
    assert said.startswith("Let me see.\n<tool_call>")
    found = read(said, [Calculator()])
    assert [(c.name, c.arguments) for c in found] == [("calc", {"expression": "3+4"})] * 2


@pytest.mark.parametrize("arguments", ["{broken", None, [1]])
def test_broken_calls_are_the_tools_to_refuse(arguments):
    said = said_in({"tool_calls": [{"name": "calc", "arguments": arguments}]})
    assert isinstance(read(said, [Calculator()]), Fault)
