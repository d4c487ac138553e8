"""Python's own functions, against themselves row by row."""

import pytest
from core.sandbox.one_step import refusal, same


@pytest.mark.parametrize(
    "expression",
    [
        "max(obs[0], obs[1]) + min(obs[0], 0.3, obs[2]) + max([obs[0], 0.0]) + min(action) + max(1, 2) + min((3, 1.5))",
        "max([], default=2.0) + max(x for x in action) + max(info['stage'], 1)",
        "sum(action) + sum([1, 2, obs[0]]) + sum(x * x for x in action) + sum([], 1.5) + sum([obs[0] > 0, obs[1] > 0])",
        "len(obs) + len([1, 2]) + len(info['feet']) + len({'a': 1}) + len(range(2, 9, 3))",
        "float(obs[0]) + int(obs[1] * 3) + bool(obs[2]) + float(info['success'])"
        " + int(-2.7) + float('inf') * 0 if False else 1.0",
        "int(obs[1] * 3) + int(info['stage']) + float(obs[0] > 0) + round(2.5) + round(obs[0], 2) + int(2.9)",
        "pow(obs[0], 2) + pow(2, 3) + abs(-3) + abs(obs[0]) + pow(abs(obs[1]), 0.5)",
        "sum(i * x for i, x in enumerate(action, 1)) + sum(a * b for a, b in zip(action, obs)) + sum(range(5))",
        "float(any(x > 1 for x in action)) + all([obs[0] > 0, True]) + any([]) + all([]) + float(any(action > 1))",
        "sorted([3, 1, 2])[0] + sorted([3, 1, 2], reverse=True)[0]"
        " + sorted(action)[2] + sum(list(reversed([1, 2]))[:1])",
        "isinstance(obs[0], float) + isinstance(action, np.ndarray) * 2"
        " + isinstance(1, (int, str)) * 4 + isinstance([], dict)",
        "sum(tuple([1, 2])) + list(action)[1] + dict(a=obs[0])['a']"
        " + dict([]).get('b', 1.0) if False else list(action)[1]",
    ],
)
def test_forms(expression: str) -> None:
    same(expression)


def test_what_does_not_fit_is_said() -> None:
    assert "of nothing" in refusal("max([])").what
    assert "more than 4,096 integers" in refusal("sum(range(10**6))").what
    assert "step of a range" in refusal("sum(range(1, 5, 0))").what
    assert "differs from step to step" in refusal("sum(range(info['stage']))").what
    assert "where one number is needed" in refusal("float(action)").what
    assert "numbers or for strings" in refusal("sorted([1, 'a'])[0]").what
    assert "needs a type" in refusal("isinstance(obs, 3)").what
    assert "different lengths" in refusal("sum(a for a, b in zip(action, obs, strict=True))").what
