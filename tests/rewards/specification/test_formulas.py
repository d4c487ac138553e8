import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards.specification.formulas import FALSE, TRUE, holds, names, parse

VALUES = {
    p: np.array(v) for p, v in zip("abc", zip(*itertools.product([False, True], repeat=3), strict=True), strict=True)
}


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a", lambda a, b, c: a),
        ("a & !b", lambda a, b, c: a and not b),
        ("!a & b", lambda a, b, c: (not a) and b),
        ("!(a & b)", lambda a, b, c: not (a and b)),
        ("a | b & c", lambda a, b, c: a or (b and c)),
        ("(a | b) & c", lambda a, b, c: (a or b) and c),
        ("a -> b -> c", lambda a, b, c: (not a) or (not b) or c),
        ("!!a|false", lambda a, b, c: a),
        ("true", lambda a, b, c: True),
        (" ( a&b )|( !a & !b ) ", lambda a, b, c: a == b),
    ],
)
def test_a_guard_means_what_python_makes_of_it(text, meaning):
    tree = parse(text)
    expected = [meaning(*v) for v in itertools.product([False, True], repeat=3)]
    assert holds(tree, VALUES, VALUES["a"]).tolist() == expected


def test_operators_of_time_bind_as_said():
    a, b, c = (("name", n) for n in "abc")
    assert parse("X a U b & c", temporal=True) == ("and", ("until", ("next", a), b), c)
    assert parse("a U b U c", temporal=True) == ("until", a, ("until", b, c))
    assert parse("F a | G b", temporal=True) == ("or", ("until", TRUE, a), ("not", ("until", TRUE, ("not", b))))
    assert parse("!F a", temporal=True) == ("not", ("until", TRUE, a))
    assert parse("X & U") == ("and", ("name", "X"), ("name", "U"))
    assert parse("true & false") == ("and", TRUE, FALSE)


def test_names_stand_once_and_in_order():
    assert names(parse("b & (a | b) & !c_2")) == ("b", "a", "c_2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a &", "its end at character 4"),
        ("a & & b", "'&' at character 5"),
        ("(a | b", "closing bracket"),
        ("a b", "'b' at character 3"),
        ("a + b", r"'\+' at character 3"),
        ("", "its end at character 1"),
        ("__import__('os')", r"'\(' at character 11"),
        ("a) | b", r"'\)' at character 2"),
        ("1a", "'1' at character 1"),
    ],
)
def test_what_is_no_formula_is_refused_at_its_character(text, said):
    with pytest.raises(BadOption, match=said):
        parse(text)


def test_sizes_and_kinds_are_bounded():
    with pytest.raises(BadOption, match="at most 4000"):
        parse("a" * 5000)
    with pytest.raises(BadOption, match="deeply nested"):
        parse("(" * 1900 + "a" + ")" * 1900)
    with pytest.raises(BadOption, match="formula None"):
        parse(None)
    with pytest.raises(BadOption, match="a name"):
        parse("U a", temporal=True)
