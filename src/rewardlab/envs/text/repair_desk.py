"""The desk at which a program is mended: the program as it stands, and the calls that look at it and change it.

list → sizes,    view → lines,    edit k line → the program with another line k,    run → what each shown test gives
"""

import re
from dataclasses import dataclass, replace

from rewardlab.envs.text.lines import unescaped
from rewardlab.envs.text.programs import Case, outcome, read_line, spelled

_EDIT = re.compile(r"edit\s+(?:line\s+)?([0-9]{1,2})\s*:?\s+(.+)")
_WORDS = {"list": "list", "ls": "list", "view": "view", "run": "run", "run tests": "run", "test": "run",
          "submit": "submit"}  # fmt: skip


@dataclass(frozen=True)
class Job:
    """What is to be done.

    Attributes:
        right: a program that is right.
        broken: what one starts from; () to write one.
        shown, hidden: the tests.
    """

    right: tuple[str, ...]
    broken: tuple[str, ...]
    shown: tuple[Case, ...]
    hidden: tuple[Case, ...]


@dataclass(frozen=True)
class Desk:
    """The program as it stands, and what was done with it."""

    program: tuple[str, ...]
    viewed: bool = False
    ran: bool = False


def called(job: Job, desk: Desk, call: tuple[str, int, str], language: str, brief: bool = False) -> tuple[Desk, str]:
    """The desk after list, view, edit or run, and what is said."""
    word, at, line = call
    if word == "list":
        size, tests = len(desk.program), len(job.shown)
        return desk, f"{size}, {tests}" if brief else f"a program of {size} lines, {tests} tests"
    if word == "view":
        return replace(desk, viewed=True), "; ".join(f"{k}: {x}" for k, x in enumerate(desk.program, 1))
    if word == "edit":
        program = (*desk.program[: at - 1], line, *desk.program[at:])
        return replace(desk, program=program, ran=desk.ran and program == desk.program), "ok"
    said = []
    for case in job.shown:
        good, found = outcome(desk.program, case, language)
        said.append("pass" if good else f"fail {spelled(case.given)} > {found}, not {spelled(case.due)}")
    return replace(desk, ran=True), "; ".join(said)


def read_call(said: str, language: str, length: int) -> tuple[str, int, str] | None:
    """(word, line number, line) of a call, or None if it is none."""
    text = " ".join(unescaped(said[:400]).lower().split()).rstrip(".")
    if text in _WORDS:
        return _WORDS[text], 0, ""
    match = _EDIT.fullmatch(text)
    line = read_line(match[2], language) if match else ""
    return ("edit", int(match[1]), line) if match and line and 1 <= int(match[1]) <= length else None
