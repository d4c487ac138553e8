"""Expressions: read as Python and fractions read them, and found wherever brute force finds one."""

from fractions import Fraction
from itertools import combinations_with_replacement, permutations, product

import numpy as np
import pytest

from rewardlab.envs.text import expressions
from rewardlab.envs.text.expressions import every, find, reach, reaches, read, splits, trace, whole


def brute(values, operations, fractions):
    """All values by trying every order of operations, in fractions of the standard library."""
    if len(values) == 1:
        return {values[0]}
    found = set()
    for i, j in permutations(range(len(values)), 2):
        rest = [v for k, v in enumerate(values) if k not in (i, j)]
        for sign in operations:
            a, b = values[i], values[j]
            if sign == "/" and (b == 0 or (not fractions and (a / b).denominator != 1)):
                continue
            result = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else None}[sign]
            found |= brute([*rest, result], operations, fractions)
    return found


def value_of(text):
    """Python as the judge, on fractions."""
    return eval("".join(f"Fraction({t})" if t.isdigit() else t for t in tokens(text)), {"Fraction": Fraction})


def tokens(text):
    import re

    return re.findall(r"\d+|[-+*/()]", text)


@pytest.mark.parametrize(("operations", "fractions"), [("+-*", False), ("+-*/", False), ("+-*/", True), ("+", True)])
def test_the_search_finds_what_brute_force_finds(operations, fractions):
    for numbers in [(3, 5), (1, 1, 1), (2, 3, 8), (0, 4, 4), (1, 3, 4, 6), (2, 2, 5, 5)]:
        truth = brute([Fraction(x) for x in numbers], operations, fractions)
        values = reach(whole(numbers), operations, fractions)
        assert {Fraction(*v) for v in values} == truth
        solutions = every(whole(numbers), operations, fractions)
        assert set(solutions) == values
        for target in range(-5, 40):
            text = find(whole(numbers), (target, 1), operations, fractions)
            assert bool(text) == (target in truth) == reaches(whole(numbers), (target, 1), operations, fractions)
            if text:
                assert value_of(text) == target
                assert sorted(t for t in tokens(text) if t.isdigit()) == sorted(map(str, numbers))
        for value, texts in solutions.items():
            assert all(value_of(text) == Fraction(*value) for text in texts)


def test_the_game_of_24_has_its_published_numbers_of_solvable_hands():
    hands = list(combinations_with_replacement(range(1, 11), 4))  # four of ten cards: 566 of 715 have a solution
    assert len(hands) == 715
    assert sum(reaches(whole(hand), (24, 1), "+-*/", True) for hand in hands) == 566
    assert find(whole((3, 3, 8, 8)), (24, 1), "+-*/", True) == "8/(3-(8/3))"  # the only one, through a fraction
    assert every(whole((3, 3, 8, 8)), "+-*/", True)[(24, 1)] == {"8/(3-(8/3))"}
    assert not reaches(whole((3, 3, 8, 8)), (24, 1), "+-*/", False)
    assert not reaches(whole((1, 1, 1, 1)), (24, 1), "+-*/", True)


def test_every_counts_each_way_of_bracketing_once():
    assert every(whole((1, 2, 3)), "+", True) == {(6, 1): {"1+(2+3)", "(1+2)+3", "(1+3)+2"}}
    assert every(whole((2, 2)), "-*", True) == {(0, 1): {"2-2"}, (4, 1): {"2*2"}}


def test_reading_agrees_with_python_on_random_expressions():
    rng = np.random.default_rng(0)

    def expression(size):
        if size == 1:
            return str(rng.integers(0, 20))
        cut = int(rng.integers(1, size))
        inside = f"{expression(cut)}{rng.choice(list('+-*/'))}{expression(size - cut)}"
        return f"({inside})" if rng.random() < 0.5 else inside

    for _ in range(300):
        text = expression(int(rng.integers(1, 7)))
        found = read(text)
        try:
            truth = value_of(text)
        except ZeroDivisionError:
            assert found is None
            continue
        assert found is not None and Fraction(*found[0]) == truth
        assert [str(x) for x in found[1]] == [t for t in tokens(text) if t.isdigit()]


@pytest.mark.parametrize(
    "text",
    ["", " ", "1+", "+1", "-1", "(1", "1)", "()", "1 2", "1++2", "1**2", "1//2", "1/0", "1/(2-2)", "2^3", "1.5", "x",
     "1e3", "１", "(" * 41 + "1" + ")" * 41, "1" * 10, "1+" * 300 + "1"],
)  # fmt: skip
def test_what_is_no_expression_is_none(text):
    assert read(text) is None


def test_operations_and_remainders_may_be_forbidden():
    assert read("7/2") == ((7, 2), (7, 2)) and read("7/2", fractions=False) is None
    assert read("8/2*3", fractions=False) == ((12, 1), (8, 2, 3)) and read("2-1", operations="+") is None


def test_splits_part_a_multiset_in_every_way_once():
    for numbers, count in (((1, 2, 3, 4), 7), ((1, 1, 1), 1), ((1, 1, 2, 2), 4)):
        found = list(splits(numbers))
        assert len(found) == len(set(found))
        assert all(tuple(sorted(a + b)) == numbers and a and b for a, b in found)
        pairs = {tuple(sorted(p)) for p in found}
        truth = {
            tuple(sorted((tuple(x for x, m in zip(numbers, mask, strict=True) if m),
                          tuple(x for x, m in zip(numbers, mask, strict=True) if not m))))
            for mask in product((0, 1), repeat=len(numbers)) if 0 < sum(mask) < len(numbers)
        }  # fmt: skip
        assert pairs == truth and len(truth) == count


def test_searching_in_vain_visits_all_results():
    assert trace(whole((1, 1)), (9, 1), "+*", True) == ("1+1=2", "back", "1*1=1", "back")
    # three pairs, and one operation after each
    assert len(trace(whole((1, 2, 4)), (999, 1), "+", True)) == 2 * (3 + 3)
    assert trace(whole((1, 2, 4)), (7, 1), "+", True) == ("2+1=3", "4+3=7")
    assert trace(whole((1, 3)), (4, 1), "/-+", True) == ("1/3=1/3", "back", "3/1=3", "back", "1-3=-2", "back", "3-1=2",
                                                         "back", "3+1=4")  # fmt: skip


def test_combining_is_exact():
    rng = np.random.default_rng(1)
    for _ in range(200):
        a, b = (Fraction(int(x), int(y)) for x, y in zip(rng.integers(-9, 10, 2), rng.integers(1, 9, 2), strict=True))
        for sign in "+-*/":
            found = expressions.combine((a.numerator, a.denominator), sign, (b.numerator, b.denominator))
            if sign == "/" and b == 0:
                assert found is None
                continue
            truth = {"+": a + b, "-": a - b, "*": a * b}.get(sign) if sign != "/" else a / b
            assert found == (truth.numerator, truth.denominator)
