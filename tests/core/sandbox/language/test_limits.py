"""Each limit: just inside is accepted, just outside is refused with its number."""

import re

import pytest
from core.sandbox.one_step import HEAD, SIGNATURE, compiled, refusal, text

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language import compile_program, limits


@pytest.mark.parametrize(
    ("inside", "outside", "said"),
    [
        (text("1.0 " + " " * 19_000), text("1.0 " + " " * 20_000), "20,000 bytes"),
        ("\n" * 900 + text("1.0"), "\n" * 1_000 + text("1.0"), "1,000 lines"),
        (text("(" * 30 + "1.0" + ")" * 30), text("(" * 61 + "1.0" + ")" * 61), "61 deep"),
        (text("-" * 30 + "1.0"), text("-" * 41 + "1.0"), "40 signs"),
        (text("1.0" + " + 1.0" * 30), text("1.0" + " + 1.0" * 41), "nested too deeply"),
        (
            text("x = [" + "1," * 1_400 + "]\nreturn 1.0"),
            text("x = [" + "1," * 3_000 + "]\nreturn 1.0"),
            "3,000 syntax",
        ),
    ],
)
def test_of_the_text(inside: str, outside: str, said: str) -> None:
    compile_program(inside, SIGNATURE)
    with pytest.raises(BadProgram, match=said):
        compile_program(outside, SIGNATURE)


@pytest.mark.parametrize(
    ("inside", "outside", "said"),
    [
        ("sum(range(4096)) * 1.0", "sum(range(4097)) * 1.0", "4,096"),
        ("x = 0\nfor i in range(2000):\n    x = i\nreturn x", "for i in range(99):\n    for j in range(99):\n        for k in range(9):\n            x = 1\nreturn x", "too much|iterations"),  # noqa: E501
        ("x = obs[0]\nfor i in range(900):\n    x = x + i\nreturn x", "x = obs[0]\nfor i in range(4000):\n    x = x * i + i\nreturn x", "5,000 array operations"),  # noqa: E501
        ("np.zeros(65536)[0] + obs[0]", "np.zeros(65537)[0]", "65,536|65536"),
        ("(np.ones((200, 200)) @ np.ones((200, 8)))[0, 0] + obs[0]", "(np.ones((250, 250)) @ np.ones((250, 20)))[0, 0] + obs[0]", "1,000,000 numbers"),  # noqa: E501
        ("info.get('" + "k" * 100 + "', 1.0)", "info.get('" + "k" * 101 + "', 1.0)", "100 characters"),
        ("2**53 * 1.0", "(2**53 + 1) * 1.0", "2\\*\\*53"),
        ("obs[None, None, None, None, None].sum()", "obs[None, None, None, None, None, None].sum()", "at most 6"),
    ],
)  # fmt: skip
def test_of_what_it_does(inside: str, outside: str, said: str) -> None:
    compiled(inside)
    error = refusal(outside)
    assert re.search(said, str(error)), str(error)


def test_helpers_call_each_other_ten_deep_at_most() -> None:
    def chain(n: int) -> str:
        helpers = "".join(f"def f{i}(x):\n    return f{i + 1}(x)\n" for i in range(n - 1))
        return f"{helpers}def f{n - 1}(x):\n    return x\n{HEAD}    return f0(1.0)\n"

    compile_program(chain(limits.CALLS - 1), SIGNATURE)
    with pytest.raises(BadProgram, match="10 deep"):
        compile_program(chain(limits.CALLS + 1), SIGNATURE)
