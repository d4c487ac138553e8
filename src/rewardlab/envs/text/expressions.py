"""Expressions over a few numbers: reading them exactly, and finding all of them that reach a target.

    R({a}) = {a},    R(S) = ∪ over S = A ⊎ B of { x ∘ y : x ∈ R(A), y ∈ R(B) }

S is a multiset; the search is exhaustive and remembers every multiset. A value is a pair (numerator, denominator) in
lowest terms, so that nothing is rounded.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from math import gcd
from typing import Any

Value = tuple[int, int]
Numbers = tuple[int, ...]

LONGEST, DEEPEST = 400, 40  # characters; brackets within each other
_TOKEN = re.compile(r"\s*(?:([0-9]{1,9})(?![0-9])|([-+*/()]))")


def combine(x: Value, sign: str, y: Value) -> Value | None:
    """x ∘ y in lowest terms; None for a division by zero."""
    (a, b), (c, d) = x, y
    if sign == "+":
        top, bottom = a * d + c * b, b * d
    elif sign == "-":
        top, bottom = a * d - c * b, b * d
    elif sign == "*":
        top, bottom = a * c, b * d
    else:
        if c == 0:
            return None
        top, bottom = (a * d, b * c) if c > 0 else (-a * d, -b * c)
    shared = gcd(top, bottom)
    return top // shared, bottom // shared


def read(text: str, *, operations: str = "+-*/", fractions: bool = True) -> tuple[Value, Numbers] | None:
    """The value of an expression and the numbers in it, from left to right; None for what is no expression.

    Args:
        text: of whole numbers without a sign, operations and round brackets; * and / bind tighter than + and -.
        operations: those that it may use.
        fractions: whether a division may leave a remainder.
    """
    if len(text) > LONGEST:
        return None
    tokens, at = [], 0
    while text[at:].strip(" \t\r\n"):
        match = _TOKEN.match(text, at)
        if not match:
            return None
        tokens.append(match[1] or match[2])
        at = match.end()
    try:
        value, leaves, rest = _sum(tokens, 0, operations, fractions, 0)
    except ValueError:
        return None
    return (value, tuple(leaves)) if rest == len(tokens) else None


def _sum(
    tokens: list[str], at: int, operations: str, fractions: bool, depth: int, signs: str = "+-"
) -> tuple[Value, list[int], int]:
    """A sum from token `at`, or a product where `signs` are those of one: its value, its numbers, the next token."""

    def part(k: int) -> tuple[Value, list[int], int]:
        if signs == "+-":
            return _sum(tokens, k, operations, fractions, depth, "*/")
        return _atom(tokens, k, operations, fractions, depth)

    value, leaves, at = part(at)
    while at < len(tokens) and tokens[at] in signs:
        sign = tokens[at]
        other, more, at = part(at + 1)
        found = combine(value, sign, other) if sign in operations else None
        if found is None or (sign == "/" and not fractions and found[1] != 1):
            raise ValueError(sign)
        value, leaves = found, leaves + more
    return value, leaves, at


def _atom(tokens: list[str], at: int, operations: str, fractions: bool, depth: int) -> tuple[Value, list[int], int]:
    token = tokens[at] if at < len(tokens) else ""
    if token.isdigit():
        return (int(token), 1), [int(token)], at + 1
    if token != "(" or depth >= DEEPEST:
        raise ValueError(token)
    value, leaves, at = _sum(tokens, at + 1, operations, fractions, depth + 1)
    if at >= len(tokens) or tokens[at] != ")":
        raise ValueError(token)
    return value, leaves, at + 1


def pairs(x: Value, y: Value, operations: str, fractions: bool) -> Iterator[tuple[Value, str, Value, Value]]:
    """(left, sign, right, result) of every operation with both values, in either order where that matters."""
    for sign in operations:
        for left, right in ((x, y), (y, x)) if sign in "-/" and x != y else ((max(x, y), min(x, y)),):
            found = combine(left, sign, right)
            if found is not None and (fractions or sign != "/" or found[1] == 1):
                yield left, sign, right, found


def splits(numbers: tuple) -> Iterator[tuple[tuple, tuple]]:
    """Every way to part a sorted multiset in two that are not empty, each once."""
    first, rest, seen = numbers[0], numbers[1:], set()
    for size in range(len(rest)):
        for chosen in combinations(range(len(rest)), size):
            mine = (first, *(rest[k] for k in chosen))
            if mine not in seen:
                seen.add(mine)
                yield mine, tuple(rest[k] for k in range(len(rest)) if k not in chosen)


@lru_cache(maxsize=20_000)
def reach(numbers: tuple[Value, ...], operations: str, fractions: bool) -> frozenset[Value]:
    """All values of expressions that use each number of a sorted multiset once."""
    if len(numbers) == 1:
        return frozenset(numbers)
    found = set()
    for mine, other in splits(numbers):
        for x in reach(mine, operations, fractions):
            for y in reach(other, operations, fractions):
                found |= {value for *_, value in pairs(x, y, operations, fractions)}
    return frozenset(found)


def reaches(numbers: tuple[Value, ...], target: Value, operations: str, fractions: bool) -> bool:
    """Whether `target` is one of `reach`, without working out all of them."""
    return (len(numbers) > 1 and _last(numbers, target, operations, fractions) is not None) or numbers == (target,)


def find(numbers: tuple[Value, ...], target: Value, operations: str, fractions: bool) -> str:
    """An expression that uses each number of a sorted multiset once and has the value `target`; "" if none has."""
    if len(numbers) == 1:
        return _number(numbers[0]) if numbers[0] == target else ""
    last = _last(numbers, target, operations, fractions)
    if last is None:
        return ""
    mine, left, sign, other, right = last
    return _joined(find(mine, left, operations, fractions), sign, find(other, right, operations, fractions))


def _last(numbers: tuple[Value, ...], target: Value, operations: str, fractions: bool) -> Any:
    """The last operation of an expression with the value `target`: (numbers, value) of its left and right side."""
    for mine, other in splits(numbers):
        rest = reach(other, operations, fractions)
        for x in sorted(reach(mine, operations, fractions)):
            for y in _partners(x, target, operations, rest):
                for left, sign, right, value in pairs(x, y, operations, fractions):
                    if value == target:
                        return (mine, left, sign, other, right) if left == x else (other, left, sign, mine, right)
    return None


def _partners(x: Value, target: Value, operations: str, rest: frozenset[Value]) -> list[Value]:
    """The values of `rest` that an operation with x could turn into the target."""
    if x[0] == 0 and target[0] == 0:
        return sorted(rest)
    wanted = [combine(target, "-", x), combine(x, "-", target), combine(x, "+", target)]
    wanted += [combine(target, "/", x), combine(x, "/", target), combine(x, "*", target)]
    return [y for y in wanted if y is not None and y in rest]


def every(numbers: tuple[Value, ...], operations: str, fractions: bool) -> dict[Value, frozenset[str]]:
    """Value -> all expressions that use each number of a sorted multiset once; a+b and b+a count as one."""
    if len(numbers) == 1:
        return {numbers[0]: frozenset({_number(numbers[0])})}
    found: dict[Value, set[str]] = {}
    for mine, other in splits(numbers):
        right = every(other, operations, fractions)
        for x, lefts in every(mine, operations, fractions).items():
            for y, rights in right.items():
                for sign in operations:
                    for swap in (False, True) if sign in "-/" else (False,):
                        value = combine(y, sign, x) if swap else combine(x, sign, y)
                        if value is None or (sign == "/" and not fractions and value[1] != 1):
                            continue
                        texts = found.setdefault(value, set())
                        for a in lefts:
                            for b in rights:
                                first, last = (b, a) if swap or (sign in "+*" and b < a) else (a, b)
                                texts.add(_joined(first, sign, last))
    return {value: frozenset(texts) for value, texts in found.items()}


def trace(numbers: tuple[Value, ...], target: Value, operations: str, fractions: bool) -> tuple[str, ...]:
    """What a depth-first search works out until it finds the target, with "back" where it gives a result up."""
    log: list[str] = []

    def visit(left: tuple[Value, ...]) -> bool:
        if len(left) == 1:
            return left[0] == target
        for i, j in combinations(range(len(left)), 2):
            rest = tuple(left[k] for k in range(len(left)) if k not in (i, j))
            for a, sign, b, value in pairs(left[i], left[j], operations, fractions):
                log.append(f"{_joined(_number(a), sign, _number(b))}={_number(value)}")
                if visit((*rest, value)):
                    return True
                log.append("back")
        return False

    visit(numbers)
    return tuple(log)


def whole(numbers: tuple[int, ...]) -> tuple[Value, ...]:
    """Whole numbers as a sorted multiset of values."""
    return tuple(sorted((x, 1) for x in numbers))


def _number(x: Value) -> str:
    return str(x[0]) if x[1] == 1 else f"{x[0]}/{x[1]}"


def _joined(a: str, sign: str, b: str) -> str:
    return f"{_bracketed(a)}{sign}{_bracketed(b)}"


def _bracketed(text: str) -> str:
    return text if text.isdigit() else f"({text})"
