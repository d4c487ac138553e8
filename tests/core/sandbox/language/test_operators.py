"""Operators on numbers, lists and keys, against Python step by step."""

import pytest
from core.sandbox.one_step import refusal, same


@pytest.mark.parametrize(
    "expression",
    [
        "(obs[0] and obs[1]) + (obs[0] and 0.0 or obs[2]) + (0.0 or obs[3]) + (1 and 2) + (obs[0] > 0 or 7.0) * 1.0",
        "1.0 * (obs[0] < obs[1] < obs[2]) + 1.0 * (obs[0] < 1 > obs[1]) + 1.0 * (0 < 1 < obs[3])",
        "([obs[0]] + [2.0])[0] + ((1,) * 3)[2] + (2 * [obs[1]])[1] + len([0] * -1)",
        "(obs[0] if obs[1] > 0 else 1) + ((1, 2) if obs[2] > 0 else (3, obs[3]))[1] + ([1.0] if obs[0] > 0 else [2.0])[0]",  # noqa: E501
        "1.0 * (obs[0] in [obs[0], 1.0]) + 1.0 * (2 in (1, 2)) + 1.0 * ('goal' not in info) + 1.0 * (info['stage'] in range(2))",  # noqa: E501
        "info['feet'] @ obs[:3] @ obs[:4] - obs[0] // 0.3 + obs[1] % 0.7 - (info['contact'][0] ^ info['contact'][1]) * 1.0",  # noqa: E501
    ],
)  # fmt: skip
def test_forms(expression: str) -> None:
    same(expression)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("[0] * 10**9", "at most 4,096"),
        ("(obs[0] and 'a') == 'a'", "a str on another|a str on one path"),
        ("'a' * 3", "strings are only keys"),
        ("(1, 2) < (1, 3)", "two lists are compared"),
        ("1.0 if action > 0 else 0.0", "neither true nor false"),
        ("(1, 2) if obs[0] > 0 else 3", "a tuple on one path and the number 3"),
    ],
)
def test_what_does_not_fit_is_said(expression: str, said: str) -> None:
    import re

    assert re.search(said, str(refusal(expression))), str(refusal(expression))
