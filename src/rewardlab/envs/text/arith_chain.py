"""Arithmetic step by step: a chain of operations, worked out line by line, with an answer that can be verified.

    x_0 given,  x_k = x_{k−1} ∘_k b_k mod m,    the answer is x_n

Every line of a solution can be verified too: it must continue from what the line before it found. A solution whose
lines are consistent but for one shows where it went wrong, which is what process rewards and critics are trained on.

Source: Ling, Yogatama, Dyer, Blunsom, "Program Induction by Rationale Generation", ACL 2017 (worked answers); Lightman
et al., "Let's Verify Step by Step", 2023, Section 2 (the label of each step).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.chains import Chain, drawn, split
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.text.toolbox import Toolbox
from rewardlab.envs.text.tools import Calculator
from rewardlab.envs.world import Card

KINDS = ("chain", "columns", "product")
_LINE = re.compile(r"\s*(\d{1,9})\s*([-+*])\s*(\d{1,9})\s*=\s*(-?\d{1,12})\s*")
_ANSWER = re.compile(r"\s*(?:answer\s*:?\s*|#\s*)(-?\d{1,12})\s*\.?\s*", re.IGNORECASE)


@dataclass
class ArithChain(Dialogue):
    """Work out a chain of operations: a line for each step, then the answer.

    Args:
        kind: "chain", operations modulo `modulus`; "columns", a sum of two numbers of `length` digits, digit by digit
            from the right, with the carry; "product", a number of `length` digits times one digit, by partial sums.
        length: operations of a chain, or digits, 1..8.
        least: the fewest of them; 0 for always `length`.
        modulus: of a chain, 2..100.
        operations: of a chain, some of "+-*".
        by: "answer", all lines in one message; "line", one message a line, the last of which is the answer.
        line_pay: paid in all for the lines that are right, in equal parts, 0..1; the answer pays the rest.
        calculator: lend one, for a message each, of which there may be `length` more.

    Raises:
        BadOption: for values outside these ranges.
    """

    kind: str = "chain"
    length: int = 3
    least: int = 0
    modulus: int = 10
    operations: str = "+-*"
    by: str = "answer"
    line_pay: float = 0.0
    calculator: bool = False

    parts = ("outcome", "lines")
    columns = {"lines": 0, "lines_right": 0, "first_error": -1, "format": False}

    def __post_init__(self) -> None:
        for name, known in (("kind", KINDS), ("by", ("answer", "line"))):
            if getattr(self, name) not in known:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="ArithChain", expected=f"one of {known}")
        ranges = (("length", 1, 8), ("least", 0, self.length), ("modulus", 2, 100), ("line_pay", 0, 1))
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="ArithChain", expected=f"{low}..{high}")
        if not self.operations or set(self.operations) - set("+-*"):
            raise BadOption(f"operations={self.operations!r}", where="ArithChain", expected='some of "+-*"')
        self.turns = 1 if self.by == "answer" else self.length * (1 + (self.kind != "chain")) + 1
        self.said = 40 * (self.length + 2) if self.by == "answer" else 60
        if self.calculator:
            self.turns += self.length
            self.toolbox = Toolbox(Calculator(), output=60)
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Chain:
        length = int(rng.integers(self.least or self.length, self.length + 1))
        if self.kind == "chain":
            return drawn(rng, length=length, modulus=self.modulus, operations=self.operations)
        low, high = 10 ** (length - 1), 10**length
        if self.kind == "columns":
            return Chain(int(rng.integers(low, high)), (("+", int(rng.integers(low, high))),), 0)
        return Chain(int(rng.integers(low, high)), (("*", int(rng.integers(2, 10))),), 0)

    def prompt(self, task: Chain) -> str:
        asked = task.asked()
        if self.brief:
            return asked
        how = {
            "chain": f"Work out from left to right, modulo {task.modulus}",
            "columns": "Add digit by digit from the right, the carry too",
            "product": "Multiply digit by digit from the right and add up",
        }[self.kind]
        form = "Write a line such as 3+4=7 for each step, then the line answer: and the number."
        turn = " One line in each message." if self.by == "line" else ""
        lent = " To use the calculator, send a message such as @calc (3+4)*2%10." if self.calculator else ""
        return f"{how}: {asked}. {form}{turn}{lent}"

    def begin(self, task: Chain) -> tuple[tuple[str, ...], int, str]:
        return (), 0, ""

    def called(self, task: Chain, memory: Any, calls: Sequence[Any], answers: Sequence[str]) -> Heard:
        return Heard(reply="\n".join(answers), memory=(*memory[:2], answers[-1]))

    def hear(self, task: Chain, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        """Lines up to the answer; the conversation is over with it, or with the only message."""
        before, paid, found = memory
        lines = (*before, *split(said))
        right, wrong, answer = self.judge(lines, task)
        due = len(self.solution(task)) - 1
        first = self.by == "answer" or not before or len(lines) > len(before)
        over = self.by == "answer" or answer is not None
        success = answer == task.results()[-1]
        columns = {
            "lines": len(lines) - (answer is not None),
            "lines_right": right,
            "first_error": wrong,
            "format": answer is not None and wrong != len(lines),
        }
        parts = {
            "outcome": (1 - self.line_pay) * success,
            "lines": self.line_pay * (min(right, due) - paid) / due if due else 0.0,
        }
        understood = answer is not None if self.by == "answer" else bool(first and split(said))
        return Heard(
            "" if over else "go on", parts, over, success, (lines, min(right, due), found), understood, columns
        )

    def judge(self, lines: Sequence[str], task: Chain) -> tuple[int, int, int | None]:
        """How many lines are right before the first that is not, where that is (−1: nowhere), and the answer said."""
        due = self.solution(task)[:-1]
        answer = _ANSWER.fullmatch(lines[-1]) if lines else None
        body = lines[:-1] if answer else lines
        right = 0
        while right < min(len(body), len(due)) and _same(body[right], due[right]):
            right += 1
        return right, right if right < len(body) else -1, int(answer[1]) if answer else None

    def solution(self, task: Chain) -> list[str]:
        """The lines that a right solution has, the answer last."""
        return [*_worked(task, self.kind), f"answer: {task.results()[-1]}"]

    def wrong(self, task: Chain, at: int, rng: np.random.Generator) -> list[str]:
        """A solution whose line `at` (from 0) finds a wrong number, and whose later lines go on from it.

        Raises:
            BadOption: for a line that a solution does not have, or a kind whose lines do not go on from each other.
        """
        if self.kind != "chain" or not 0 <= at < len(task.steps):
            raise BadOption(f"at={at!r} of kind {self.kind!r}", where="ArithChain.wrong", expected="a step of a chain")
        lines = task.lines({at: int(rng.integers(1, task.modulus))})
        return [*lines, f"answer: {lines[-1].partition('=')[2]}"]

    def check(self, said: str, task: Chain) -> bool:
        """Is the last line the answer, whatever stands before it?"""
        return self.judge(split(said), task)[2] == task.results()[-1]

    def expert(self, task: Chain, memory: Any, rng: np.random.Generator) -> str:
        lines = self.solution(task)
        if self.calculator and not memory[2]:
            return "@calc " + _nested(task)
        return "\n".join(lines) if self.by == "answer" else lines[len(memory[0])]

    def examples(self) -> Sequence[Example]:
        task = Chain(7, (("+", 5), ("*", 3)), 10)
        right = (
            "7+5=2\n2*3=6\nanswer: 6", "answer: 6", "# 6", " ANSWER 6. ", "7 + 5 = 2;2*3=6;#6", "nonsense\n#6", "#06",
        )  # fmt: skip
        wrong = (
            "", "6", "answer: 16", "answer: 6\n7+5=2", "answer: -6", "answer: 6 6", "answer: \uff16", "#6.0", "answer:",
            "\\u{36}", "7+5=2\n2*3=6", "answer: six", "9" * 5000,
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        return (*"0123456789+-*=\n", "answer: ", "go on", *(["@calc ", *"()%"] if self.calculator else []))

    def card(self) -> Card:
        return Card(
            summary="Work out a calculation line by line and give the answer.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: lines such as 3+4=7, then the line answer: N"},
            reward=(
                f"{1 - self.line_pay:g} for the right answer"
                + (f", and {self.line_pay:g} in equal parts for lines that are right" if self.line_pay else "")
            ),
            info={
                "lines": "lines of the solution so far, without the answer",
                "lines_right": "lines that are right before the first that is not",
                "first_error": "the number of the first wrong line from 0, -1 if there is none",
                "format": "True if there is an answer and no line too many",
                **self.told(),
            },
            optimal_return=1.0,
            source="Ling, Yogatama, Dyer, Blunsom, Program Induction by Rationale Generation, ACL 2017",
        )


def _nested(task: Chain) -> str:
    """The whole chain as one expression."""
    whole = str(task.first)
    for sign, number in task.steps:
        whole = f"({whole}{sign}{number})"
    return f"{whole}%{task.modulus}" if task.modulus else whole[1:-1]


def _same(line: str, due: str) -> bool:
    said, meant = _LINE.fullmatch(line), _LINE.fullmatch(due)
    return bool(said and meant) and [_plain(x) for x in said.groups()] == [_plain(x) for x in meant.groups()]  # type: ignore[union-attr]


def _plain(x: str) -> str:
    return x if x in "+-*" else str(int(x))


def _worked(task: Chain, kind: str) -> list[str]:
    """The lines of a right solution without its answer."""
    if kind == "chain":
        return task.lines()
    number = task.steps[0][1]
    digits = [int(d) for d in reversed(str(task.first))]
    if kind == "columns":
        lines, carry = [], 0
        for k, mine in enumerate(digits):
            other = number // 10**k % 10
            lines.append(f"{mine + carry}+{other}={mine + carry + other}")
            carry = (mine + carry + other) // 10
        return lines
    lines, total = [], 0
    for k, mine in enumerate(digits):
        part = mine * 10**k * number
        lines.append(f"{mine * 10**k}*{number}={part}")
        if k:
            lines.append(f"{total}+{part}={total + part}")
        total += part
    return lines
