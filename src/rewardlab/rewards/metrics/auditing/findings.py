"""From numbers to words: what an audit found, how grave it is, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Grade = Literal["fault", "warning", "note", "good"]
ORDER: tuple[Grade, ...] = ("fault", "warning", "note", "good")


@dataclass(frozen=True)
class Finding:
    """One thing that the audit found.

    Attributes:
        name: a word to look it up by: "optimum", "loop", "gamma", "terminal", "scale", "silent" ...
        grade: "fault" (an agent will learn something else than the task), "warning", "note" or "good".
        words: what was found, in one or two sentences.
        mend: what to do about it, "" if nothing.
        data: the numbers behind it.
    """

    name: str
    grade: Grade
    words: str
    mend: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {**vars(self), "data": dict(self.data)}

    def __str__(self) -> str:
        mark = {"fault": "FAULT", "warning": "warning", "note": "note", "good": "good"}[self.grade]
        return f"{mark:>7}  {self.words}" + (f"\n         -> {self.mend}" if self.mend else "")


def sorted_by_grade(findings: list[Finding]) -> list[Finding]:
    """The gravest first."""
    return sorted(findings, key=lambda f: ORDER.index(f.grade))
