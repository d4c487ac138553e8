"""A person at the terminal as an oracle: reads prompts, writes answers, says which of two things is better."""

import sys
from collections.abc import Sequence
from typing import TextIO

import numpy as np

from rewardlab.core.errors import OracleFailed
from rewardlab.core.oracle.kinds import Answer

_LABELS = {"1": 1.0, "2": 0.0, "0": 0.5, "=": 0.5, "s": float("nan")}


class PersonAsk:
    """Shows each prompt and reads an answer until an empty line; within ``` fences empty lines belong to it.

    Args:
        name: who answers.
        source: where answers are read; None is the standard input, which must be a terminal.
        screen: where prompts are shown; None is the standard output.
    """

    def __init__(self, name: str = "person", *, source: TextIO | None = None, screen: TextIO | None = None) -> None:
        self.name, self.source, self.screen = name, source, screen

    def __call__(self, prompts: Sequence[str]) -> list[str | OracleFailed]:
        """Prompts [B] to answers [B]; an end of the input, or no line, is an error in its place.

        Raises:
            OracleFailed: if there is no terminal.
        """
        source, screen = _streams(self.source, self.screen)
        given: list[str | OracleFailed] = []
        for number, prompt in enumerate(prompts, 1):
            system = getattr(prompt, "system", "")
            shown = f"{system}\n\n{prompt}" if system else str(prompt)
            screen.write(f"\n{printable(shown)}\n\n[{number} of {len(prompts)}] Your answer; an empty line ends it:\n")
            screen.flush()
            text = _read(source)
            given.append(Answer(text, author=self.name) if text else OracleFailed("no answer", where=self.name))
        return given


class PersonPrefer:
    """Shows two things and reads which is better: 1, 2, 0 for neither, s to skip.

    Args:
        source: where answers are read; None is the standard input, which must be a terminal.
        screen: where questions are shown; None is the standard output.
    """

    def __init__(self, *, source: TextIO | None = None, screen: TextIO | None = None) -> None:
        self.source, self.screen = source, screen

    def __call__(self, contexts: Sequence[str], firsts: Sequence[str], seconds: Sequence[str]) -> np.ndarray:
        """Labels [B]: 1 the first is better, 0 the second, 1/2 neither, NaN skipped or the input ended.

        Raises:
            OracleFailed: if there is no terminal.
        """
        source, screen = _streams(self.source, self.screen)
        labels = np.full(len(contexts), np.nan)
        for i, (context, one, two) in enumerate(zip(contexts, firsts, seconds, strict=True)):
            told = f"{context}\n\n--- 1 ---\n{one}\n\n--- 2 ---\n{two}"
            screen.write(f"\n{printable(told)}\n\n[{i + 1} of {len(contexts)}] ")
            while True:
                screen.write("Which is better? 1, 2, 0 neither, s skip: ")
                screen.flush()
                line = source.readline()
                if not line:
                    return labels
                if (word := line.strip().lower()) in _LABELS:
                    labels[i] = _LABELS[word]
                    break
        return labels


def printable(text: str) -> str:
    """A text in which nothing moves the cursor, colours or hides: such characters are shown as escapes."""
    return "".join(c if c in "\n\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _streams(source: TextIO | None, screen: TextIO | None) -> tuple[TextIO, TextIO]:
    if source is None and not sys.stdin.isatty():
        raise OracleFailed(
            "no person here: the standard input is no terminal",
            where="person",
            expected="a terminal",
            mend="run it in a terminal, or choose another oracle",
        )
    return source or sys.stdin, screen or sys.stdout


def _read(source: TextIO) -> str:
    """Lines until an empty one outside of fences, or the end of the input."""
    lines: list[str] = []
    fenced = False
    while line := source.readline():
        fenced ^= line.lstrip().startswith("```")
        if not line.strip() and not fenced:
            break
        lines.append(line)
    return "".join(lines).strip("\n")
