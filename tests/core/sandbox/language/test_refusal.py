"""Errors name the line, and can be acted on."""

import ast
import pickle

import pytest

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language.refusal import refuse, words


def test_the_line_is_known() -> None:
    with pytest.raises(BadProgram) as found:
        refuse("a", 7, expected="b", mend="c")
    assert found.value.line == 7
    assert str(found.value) == "reward program, line 7: a\n  expected: b\n  mend: c"
    assert pickle.loads(pickle.dumps(found.value)).line == 7
    with pytest.raises(BadProgram) as found:
        refuse("a")
    assert found.value.line is None


def test_pieces_of_a_program_are_shortened() -> None:
    assert words(ast.parse("a[1].b", mode="eval").body) == "a[1].b"
    assert words(ast.parse("a + " * 50 + "a", mode="eval").body, 20) == "a + a + a + a + a..."
    assert words(ast.parse("'\u00e9'", mode="eval").body).isascii()
