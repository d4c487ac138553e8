"""Scores: times and sizes beside their peers, floors and moonshots, as a table and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.benchmarks.throughput_turns import Laps

NOTES = (
    "Floors and moonshots are of the wall clock, as a user waits for it; ratios say how often the peer's time holds "
    "ours, medians against medians of the same run.",
    "CPU time is that of the whole process: the seconds of all its threads, added up. Two threads that halve the wall "
    "clock leave it as it is. It does not count waiting for a core, which the wall clock does; but where two cores are "
    "shared, with other programs or as two halves of one, a neighbour also makes each CPU second do less. So neither "
    "clock is a property of the program alone: compare within one run.",
    "The control of two threads shows whether two cores were free: where it is near 1, one of them was taken, and no "
    "ratio of two threads says anything about this package.",
    "The kernel alone is the compiled step and the loading of levels that are drawn already, without spaces, checks, "
    "info and random streams.",
)


@dataclass(frozen=True)
class Score:
    """One measured time or size.

    Attributes:
        name: of what.
        unit: of value, least, cpu, cpu_least, peer_value and peer_cpu.
        value: by the wall clock, the median; or the size.
        least: its minimum.
        cpu: CPU time, the median; None for what is no time.
        cpu_least: its minimum.
        peer: what was measured in turns with it.
        peer_value: the peer's wall clock.
        peer_cpu: the peer's CPU time.
        floor: what must hold: with a peer, how many times as fast at least; else the most that the value may be.
        moonshot: the aim, in the same way.
    """

    name: str
    unit: str
    value: float
    least: float
    cpu: float | None = None
    cpu_least: float | None = None
    peer: str = ""
    peer_value: float | None = None
    peer_cpu: float | None = None
    floor: float | None = None
    moonshot: float | None = None

    @classmethod
    def of(
        cls,
        name: str,
        laps: Laps,
        *,
        unit: str = "ns",
        peer: str = "",
        against: Laps | None = None,
        goal: tuple[float, float | None] | None = None,
    ) -> "Score":
        """The score of laps in seconds, against the peer's.

        Args:
            name: of what.
            laps: measured.
            unit: "ns", "µs" or "s", perhaps with "/row" or the like behind it.
            peer: the peer's name.
            against: its laps.
            goal: floor and moonshot, if there is one.
        """
        scale = {"ns": 1e9, "µs": 1e6, "s": 1.0}[unit.partition("/")[0]]
        own, least, other = laps.median, laps.least, against.median if against else None
        return cls(
            name,
            unit,
            own.wall * scale,
            least.wall * scale,
            own.cpu * scale,
            least.cpu * scale,
            peer,
            other.wall * scale if other else None,
            other.cpu * scale if other else None,
            *(goal or (None, None)),
        )

    @property
    def ratio(self) -> float | None:
        """How many times as fast as the peer, by the wall clock."""
        return self.peer_value / self.value if self.peer_value is not None else None

    @property
    def ratio_cpu(self) -> float | None:
        """The same in CPU time."""
        return self.peer_cpu / self.cpu if self.peer_cpu is not None and self.cpu else None

    @property
    def holds(self) -> bool | None:
        """Whether the floor is met; None without one."""
        return self._reaches(self.floor)

    @property
    def lands(self) -> bool | None:
        """Whether the moonshot is met; None without one."""
        return self._reaches(self.moonshot)

    def _reaches(self, goal: float | None) -> bool | None:
        if goal is None:
            return None
        return self.value <= goal if self.ratio is None else self.ratio >= goal

    def row(self) -> dict[str, Any]:
        """As JSON."""
        found = {"ratio": self.ratio, "ratio_cpu": self.ratio_cpu, "holds": self.holds, "lands": self.lands}
        return {**asdict(self), **found}


def table(scores: Sequence[Score]) -> str:
    """The scores as text, each with its median, and in brackets its minimum."""
    head = (
        f"{'':56}{'wall':>10}{'(least)':>11}{'CPU':>10}{'(least)':>11}  {'unit':9}"
        f"{'x wall':>8}{'x CPU':>8}{'floor':>8}{'moon':>8}  {'':9}peer"
    )
    return "\n".join([head, *map(_line, scores)])


def _line(s: Score) -> str:
    sign = "<=" if s.ratio is None else ""
    goals = "".join(f"{sign + format(g, 'g') if g is not None else '':>8}" for g in (s.floor, s.moonshot))
    verdict = "" if s.holds is None else "FAILS" if not s.holds else "moonshot" if s.lands else "holds"
    times = "".join(f"{_short(a):>10}{f'({_short(b)})' if b is not None else '':>11}" for a, b in _pairs(s))
    return (
        f"{s.name:56.56}{times}  {s.unit:9}{_short(s.ratio):>8}{_short(s.ratio_cpu):>8}{goals}  {verdict:9}{s.peer}"
    ).rstrip()


def _pairs(s: Score) -> tuple[tuple[float | None, float | None], ...]:
    return (s.value, s.least), (s.cpu, s.cpu_least)


def _short(x: float | None) -> str:
    return "" if x is None else f"{x:.0f}" if abs(x) >= 1000 else f"{x:.3g}"


def save(scores: Sequence[Score], file: Path, **how: Any) -> None:
    """Write the scores as JSON, with the machine, the versions and `how` they were measured."""
    content = {
        "machine": machine(), "versions": versions(), **how, "notes": NOTES, "scores": [s.row() for s in scores],
    }  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
