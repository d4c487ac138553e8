"""Tiny programs: lines of a list language or a stack language, read and run here and nowhere else.

    list:   xs → f_k(... f_1(xs)),   a line is one function of a list of whole numbers
    stack:  the inputs lie on a stack, the last on top; a line pushes, or replaces what is on top

No line repeats or jumps, so a program ends after as many operations as it has lines; numbers beyond ±10⁹ are a fault.

Source: Balog, Gaunt, Brockschmidt, Nowozin, Tarlow, "DeepCoder: Learning to Write Programs", ICLR 2017, Appendix F (a
language of list functions); Koza, "Genetic Programming", 1992, Chapter 6 (postfix evaluation).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

LANGUAGES = ("list", "stack")
LARGEST = 10**9
NUMBERS = range(-9, 10)
KINDS: dict[str, Callable[[int], bool]] = {
    "even": lambda x: x % 2 == 0,
    "odd": lambda x: x % 2 == 1,
    "pos": lambda x: x > 0,
    "neg": lambda x: x < 0,
}
_LINE = re.compile(r"\s*([a-z]+)(?:\s+(-?[0-9]{1,3}|[a-z]+))?\s*")

Values = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A unit test.

    Attributes:
        given: the input.
        due: the output.
    """

    given: Values
    due: Values


class ProgramFault(Exception):
    """Why a program cannot go on, in a word or two."""


def _extreme(pick: Callable[[Sequence[int]], int]) -> Callable[[list[int], str], list[int]]:
    def found(xs: list[int], _: str) -> list[int]:
        if not xs:
            raise ProgramFault("empty")
        return [pick(xs)]

    return found


_LIST: dict[str, Callable[[list[int], str], list[int]]] = {
    "add": lambda xs, k: [x + int(k) for x in xs],
    "mul": lambda xs, k: [x * int(k) for x in xs],
    "keep": lambda xs, k: [x for x in xs if KINDS[k](x)],
    "take": lambda xs, k: xs[: int(k)],
    "drop": lambda xs, k: xs[int(k) :],
    "reverse": lambda xs, _: xs[::-1],
    "sort": lambda xs, _: sorted(xs),
    "uniq": lambda xs, _: list(dict.fromkeys(xs)),
    "sum": lambda xs, _: [sum(xs)],
    "max": _extreme(max),
    "min": _extreme(min),
}
# what a stack operation takes from the top, and what it puts there
_STACK: dict[str, tuple[int, Callable[..., list[int]]]] = {
    "add": (2, lambda a, b: [a + b]),
    "sub": (2, lambda a, b: [a - b]),
    "mul": (2, lambda a, b: [a * b]),
    "max": (2, lambda a, b: [max(a, b)]),
    "min": (2, lambda a, b: [min(a, b)]),
    "dup": (1, lambda a: [a, a]),
    "drop": (1, lambda a: []),
    "neg": (1, lambda a: [-a]),
    "swap": (2, lambda a, b: [b, a]),
    "over": (2, lambda a, b: [a, b, a]),
}
_TOLD = {
    "add": "add {} to each number", "mul": "multiply each number by {}", "keep": "keep the {} numbers",
    "take": "take the first {}", "drop": "leave out the first {}", "reverse": "turn the list round",
    "sort": "sort it upwards", "uniq": "keep each number only where it comes first", "sum": "add all up",
    "max": "take the largest", "min": "take the smallest",
}  # fmt: skip
_TOLD_STACK = {
    "push": "push {}", "add": "add the two on top", "sub": "subtract the top from the one below",
    "mul": "multiply the two on top", "max": "keep the larger of the two on top",
    "min": "keep the smaller of the two on top", "dup": "double the top", "drop": "throw the top away",
    "neg": "negate the top", "swap": "swap the two on top", "over": "copy the second to the top",
}  # fmt: skip
_SPOKEN = {"pos": "positive", "neg": "negative"}


def lines_of(language: str) -> list[str]:
    """Every line from which programs are drawn, in a fixed order."""
    if language == "stack":
        return [*(f"push {k}" for k in range(1, 10)), *_STACK]
    found = [f"add {k}" for k in NUMBERS if k] + [f"mul {k}" for k in (-2, -1, 2, 3)] + [f"keep {k}" for k in KINDS]
    return [*found, *(f"{w} {k}" for w in ("take", "drop") for k in (1, 2, 3)), "reverse", "sort", "uniq", "sum",
            "max", "min"]  # fmt: skip


def read_line(text: str, language: str) -> str:
    """A line as it is written properly, "" if it is none."""
    match = _LINE.fullmatch(text.lower())
    if match is None:
        return ""
    word, value = match[1], match[2] or ""
    number = value.lstrip("-").isdigit()
    if language == "stack":
        right = number if word == "push" else word in _STACK and not value
    elif word in ("add", "mul"):
        right = number
    elif word in ("take", "drop"):
        right = number and not value.startswith("-")
    else:
        right = value in KINDS if word == "keep" else word in _LIST and not value
    return (f"{word} {int(value)}" if number else f"{word} {value}".strip()) if right else ""


def read(text: str, language: str) -> tuple[str, ...] | None:
    """The lines of a program, which line breaks or semicolons part, or None if one of them is no line."""
    parts = [part for part in re.split(r"[\n;]", text) if part.strip()]
    lines = tuple(read_line(part, language) for part in parts)
    return lines if lines and all(lines) else None


def run(program: Sequence[str], given: Values, language: str) -> Values:
    """The output of a program.

    Raises:
        ProgramFault: "empty" or "stack" for an operation that lacks its input, "large" for numbers beyond ±10⁹.
    """
    values = list(given)
    for line in program:
        word, _, value = line.partition(" ")
        if language == "list":
            values = _LIST[word](values, value)
        elif word == "push":
            values = [*values, int(value)]
        else:
            count, apply = _STACK[word]
            if len(values) < count:
                raise ProgramFault("stack")
            values = [*values[: len(values) - count], *apply(*values[len(values) - count :])]
        if any(abs(x) > LARGEST for x in values):
            raise ProgramFault("large")
    return tuple(values)


def outcome(program: Sequence[str], case: Case, language: str) -> tuple[bool, str]:
    """Whether a program passes a test, and the output or fault that it gives."""
    try:
        found = run(program, case.given, language)
    except ProgramFault as e:
        return False, str(e)
    return found == case.due, spelled(found)


def passed(program: Sequence[str], cases: Sequence[Case], language: str) -> int:
    """How many tests a program passes."""
    return sum(outcome(program, case, language)[0] for case in cases)


def spelled(values: Values) -> str:
    """Values as one writes them."""
    return " ".join(map(str, values)) or "none"


def in_words(line: str, language: str) -> str:
    """What a line does, in a phrase."""
    word, _, value = line.partition(" ")
    return (_TOLD_STACK if language == "stack" else _TOLD)[word].format(_SPOKEN.get(value, value))


def mutants(program: Sequence[str], language: str) -> Iterator[tuple[str, ...]]:
    """All programs that differ from this one in one line."""
    for at, line in enumerate(program):
        for other in lines_of(language):
            if other != line:
                yield (*program[:at], other, *program[at + 1 :])


def drawn_inputs(count: int, language: str, rng: np.random.Generator) -> list[Values]:
    """Inputs of tests: three to six numbers of a list, or three on a stack."""
    sizes = rng.integers(3, 7, size=count) if language == "list" else [3] * count
    return [tuple(int(x) for x in rng.integers(-9, 10, size=int(size))) for size in sizes]
