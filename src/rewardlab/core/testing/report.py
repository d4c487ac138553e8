"""What a checker found: the laws that hold and those that are broken."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rewardlab.core.errors import RewardlabError


@dataclass(repr=False)
class Report:
    """The outcome of a check.

    Attributes:
        name: what was checked.
        passed: the laws that hold.
        findings: law -> what broke it; empty unless findings were collected.
        notes: remarks that are no findings: warnings of other checkers, laws that nothing could be said about.
    """

    name: str
    passed: list[str] = field(default_factory=list)
    findings: dict[str, RewardlabError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.findings

    def __str__(self) -> str:
        held, broken = len(self.passed), len(self.findings)
        lines = [
            f"{self.name}: {held} {_laws(held, 'holds', 'hold')}, {broken} {'is' if broken == 1 else 'are'} broken"
        ]
        lines += [f"  ok      {law}" for law in self.passed]
        for law, error in self.findings.items():
            lines += [f"  BROKEN  {law}: {error.what}"]
            told = (("expected", error.expected), ("mend", error.mend))
            lines += [f"            {label}: {text}" for label, text in told if text]
        return "\n".join(lines + [f"  note    {text}" for text in self.notes])

    def __repr__(self) -> str:  # what a notebook shows
        return str(self)


def _laws(n: int, one: str, many: str) -> str:
    return f"law {one}" if n == 1 else f"laws {many}"


def judge(
    report: Report, laws: Iterable[tuple[str, Callable[[], None]]], kind: type[RewardlabError], *, collect: bool
) -> Report:
    """Try each law; an error of `kind` is a finding as it stands, any other exception is wrapped into one.

    Raises:
        RewardlabError: of `kind`, at the first broken law unless `collect`.
    """
    for law, hold in laws:
        try:
            hold()
        except Exception as e:
            found = (
                e
                if isinstance(e, kind)
                else kind(
                    f"{type(e).__name__}: {e}",
                    where=f"{report.name} [{law}]",
                    expected="no exception while this law was tried",
                    mend="run the same calls yourself and follow the traceback",
                )
            )
            if not collect:
                raise found from (None if found is e else e)
            report.findings[law] = found
        else:
            report.passed.append(law)
    return report
