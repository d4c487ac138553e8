"""What can be seen of any text: cut, and nothing unprintable left."""

import numpy as np
import pytest

from rewardlab.envs.text.tools.tool import Session, Tool, shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[2J\x00\x07", "\\x1b[2J\\x00\\x07"),
        ("a\ud800b", "a\\ud800b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("line\rover", "line\\rover"),
        ("Ünïcode →", "Ünïcode →"),
        ("x" * 50, "x" * 20 + " ... (50 characters)"),
    ],
)
def test_what_cannot_be_printed_is_written_out(text, seen):
    assert shown(text, 40) == seen


def test_cut_text_says_how_long_it_was():
    said = shown("x" * 10**6, 100)
    assert len(said) == 100 and said.endswith(" ... (1000000 characters)") and said.startswith("x" * 75)
    assert len(shown("\x00" * 10**6, 100)) == 100 and shown("abc", 3) == "abc" and len(shown("abcd", 3)) == 3


def test_a_bare_tool_does_nothing():
    with pytest.raises(NotImplementedError):
        Tool().use(Session(None, None, np.random.default_rng(0)))
    Tool().close()


def test_a_tool_is_described_by_the_first_line_of_its_class():
    class Two(Tool):
        """First.

        Second.
        """

    assert Two().description() == "First." and Two().target().__func__ is Tool.use
