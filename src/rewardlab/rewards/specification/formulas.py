"""Formulas over propositions, with or without the operators of time, as text and as trees.

    φ ::= true | false | name | !φ | φ & φ | φ | φ | φ -> φ | (φ)        guards of a machine
    φ ::= ... | X φ | F φ | G φ | φ U φ                                   what an episode shall do

The operators of one argument bind closest, then U, &, | and ->; U and -> group to the right. A text is read by this
parser and by nothing else. A tree is a tuple that begins with its kind.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption

Formula = tuple[Any, ...]
"""("true",), ("false",), ("name", n), ("not", φ), ("and", φ, ψ), ("or", φ, ψ), ("next", φ), ("until", φ, ψ)."""

TRUE: Formula = ("true",)
FALSE: Formula = ("false",)
_LONGEST = 4000  # characters
_TOKEN = re.compile(r"\s*(?:(->)|([A-Za-z_][A-Za-z_0-9]*)|([&|!()])|(\S))")
_TIMES = ("X", "F", "G", "U")


def parse(text: str, *, temporal: bool = False, where: str = "formula") -> Formula:
    """The tree of a formula.

    Args:
        text: the formula.
        temporal: whether X, F, G and U are operators of time; without, they are names like others.
        where: whose formula it is, for messages.

    Raises:
        BadOption: for a text that is no formula, saying at which character.
    """
    if not isinstance(text, str):
        raise BadOption(f"the formula {text!r}", where=where, expected='text such as "a & !b"')
    if len(text) > _LONGEST:
        raise BadOption(f"a formula of {len(text)} characters", where=where, expected=f"at most {_LONGEST}")
    reader = _Reader(text, temporal, where)
    try:
        tree = reader.implies()
    except RecursionError:
        raise BadOption(f"{text[:40]!r}... is too deeply nested", where=where, expected="a shorter formula") from None
    if reader.token:
        raise reader.bad("an operator or the end")
    return tree


def names(tree: Formula) -> tuple[str, ...]:
    """The propositions of a formula, each once, in the order in which they stand."""
    if tree[0] == "name":
        return (tree[1],)
    return tuple(dict.fromkeys(n for part in tree[1:] for n in names(part)))


def holds(tree: Formula, values: Mapping[str, np.ndarray], like: np.ndarray) -> np.ndarray:
    """Where a formula without time is true, [W] bool for values [W] bool; `like` has that shape."""
    kind = tree[0]
    if kind in ("true", "false"):
        return np.full(like.shape, kind == "true")
    if kind == "name":
        return values[tree[1]]
    first = holds(tree[1], values, like)
    if kind == "not":
        return ~first
    second = holds(tree[2], values, like)
    return first & second if kind == "and" else first | second


class _Reader:
    """Recursive descent, one method per strength of binding."""

    def __init__(self, text: str, temporal: bool, where: str) -> None:
        self.text, self.temporal, self.where = text, temporal, where
        self.tokens = [(m[m.lastindex], m.start(m.lastindex)) for m in _TOKEN.finditer(text) if m.lastindex]
        self.place = 0

    @property
    def token(self) -> str:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    def take(self, token: str) -> bool:
        found = self.token == token
        self.place += found
        return found

    def bad(self, expected: str) -> BadOption:
        at = self.tokens[self.place][1] + 1 if self.token else len(self.text) + 1
        found = f"{self.token!r}" if self.token else "its end"
        return BadOption(
            f"{self.text!r} has {found} at character {at}",
            where=self.where,
            expected=expected,
            mend="names, true, false, & | ! ( )" + (", ->, X F G U" if self.temporal else ' as in "a & !(b | c)"'),
        )

    def implies(self) -> Formula:
        left = self.either()
        if self.take("->"):
            return ("or", ("not", left), self.implies())
        return left

    def either(self) -> Formula:
        left = self.both()
        while self.take("|"):
            left = ("or", left, self.both())
        return left

    def both(self) -> Formula:
        left = self.until()
        while self.take("&"):
            left = ("and", left, self.until())
        return left

    def until(self) -> Formula:
        left = self.single()
        if self.temporal and self.take("U"):
            return ("until", left, self.until())
        return left

    def single(self) -> Formula:
        if self.take("!"):
            return ("not", self.single())
        if self.take("("):
            inner = self.implies()
            if not self.take(")"):
                raise self.bad("a closing bracket")
            return inner
        if self.temporal and self.take("X"):
            return ("next", self.single())
        if self.temporal and self.take("F"):
            return ("until", TRUE, self.single())
        if self.temporal and self.take("G"):
            return ("not", ("until", TRUE, ("not", self.single())))
        name = self.token
        if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or (self.temporal and name in _TIMES):
            raise self.bad("a name, true, false, ! or an opening bracket")
        self.place += 1
        return (name,) if name in ("true", "false") else ("name", name)
