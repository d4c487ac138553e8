"""The verdict on a reward program, drawn by the trainer from what came out of the jail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.sandbox.jail.frames import clean, title
from rewardlab.core.sandbox.jail.limits import MIB
from rewardlab.core.sandbox.jail.session import Ended
from rewardlab.core.sandbox.trial_rows import Rows

MESSAGE = 800  # characters


@dataclass(frozen=True)
class Limits:
    """What a program must keep within.

    Attributes:
        seconds: wall-clock time of the whole trial.
        seconds_per_row: processor time of one call on one row, the 99th percentile.
        memory: bytes by which the process may grow; at four times as many it is ended.
        rows: recorded steps it is tried on, at most.
        extreme: the size of the numbers it must survive; 0 tries none.
        magnitude: the most that one recorded step may pay.
    """

    seconds: float = 5.0
    seconds_per_row: float = 1e-3
    memory: int = 64 * MIB
    rows: int = 1024
    extreme: float = 1e6
    magnitude: float = 1e6


@dataclass(frozen=True)
class Vetting:
    """The verdict on one program.

    Attributes:
        source: the program.
        problems: why it is refused, each a sentence that its designer can act on; none if it is accepted.
        notes: what a designer may want to know of an accepted one.
        report: minimum, maximum, mean, share_not_finite, constant, correlation (with the task's own reward; None where
            one does not vary), seconds_per_row, seconds_per_call, memory; parts: name -> minimum, maximum, mean,
            share_not_finite, constant; extreme: the largest size paid at the extremes. Empty if it did not run.
        layers: which walls it ran behind.
        line: of the first problem, where it has one.
    """

    source: str
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)
    line: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether it may run beside the trainer."""
        return not self.problems


@dataclass(frozen=True)
class Seen:
    """What came out of the jail, of the right shapes and types."""

    values: np.ndarray  # [rows]
    parts: dict[str, np.ndarray]  # name -> [rows]
    single: np.ndarray  # [singles]
    batch: float
    row: float
    growth: int
    same: bool
    cost: int | None  # of one step, in operations; None where nobody can know
    uses: tuple[str, ...]
    errors: dict[int, str]

    @staticmethod
    def read(reply: Mapping[str, Any], block: bytearray, rows: Rows) -> "Seen":
        """What the trial role answered.

        Raises:
            KeyError, TypeError, ValueError, OverflowError: if that is not what an honest one answers.
        """
        names = [title(n) for n in reply["parts"]]
        n, k = len(rows.steps), len(names)
        numbers = np.frombuffer(block, np.float64)
        if len(numbers) != (1 + k) * n + len(rows.single):
            raise ValueError("another number of values")
        table = numbers[: (1 + k) * n].reshape(1 + k, n)
        return Seen(
            table[0],
            dict(zip(names, table[1:], strict=True)),
            numbers[(1 + k) * n :],
            _number(reply["batch"]),
            _number(reply["row"]),
            int(_number(reply["growth"])),
            reply["same"] is True,
            int(_number(reply["cost"])),
            tuple(clean(u, 100) for u in reply["uses"]),
            {int(i): clean(text, MESSAGE) for i, text in reply["errors"]},
        )


def _number(x: Any) -> float:
    if not isinstance(x, (int, float)) or not np.isfinite(x):
        raise ValueError("no finite number")
    return float(x)


def judged(seen: Seen, rows: Rows, limits: Limits) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(problems, notes)."""
    problems, notes = [], []
    played, edge = seen.values[: rows.recorded], seen.values[rows.recorded :]
    bad = np.flatnonzero(~np.isfinite(played))
    if len(bad):
        why = seen.errors.get(int(bad[0]), f"it pays {played[bad[0]]}")
        problems.append(
            f"not finite on {len(bad)} of {rows.recorded} recorded steps (step {bad[0]}: {why}); "
            "guard divisions, logarithms and roots, e.g. np.log(np.maximum(x, 1e-6))"
        )
    bad = np.flatnonzero(~np.isfinite(edge))
    if len(bad):
        names = [rows.extremes[i] for i in bad]
        why = seen.errors.get(rows.recorded + int(bad[0]), f"it pays {edge[bad[0]]}")
        problems.append(
            f"not finite at the extremes ({len(bad)} of {len(edge)}; first: {names[0]}: {why}); "
            "bound what grows, e.g. np.exp(np.clip(x, -20, 20)), and guard divisions by what may be 0"
        )
    if not seen.same:
        problems.append("two calls on the same steps pay differently; a reward must depend on its arguments alone")
    alone, together = seen.single, seen.values[list(rows.single)]
    if not np.allclose(alone, together, rtol=1e-9, atol=1e-12, equal_nan=True):
        problems.append("a step pays one thing alone and another beside others; write it for one step at a time")
    largest = np.abs(played[np.isfinite(played)]).max(initial=0.0)
    if largest > limits.magnitude:
        problems.append(f"pays up to {largest:.3g} on a recorded step; scale it to at most {limits.magnitude:g}")
    if seen.row > limits.seconds_per_row:
        problems.append(f"takes {1e3 * seen.row:.2g} ms for one step; at most {1e3 * limits.seconds_per_row:g} ms")
    if seen.growth > limits.memory:
        problems.append(f"needs {seen.growth / MIB:.0f} MiB; at most {limits.memory / MIB:.0f} MiB: use smaller arrays")
    if _constant(played):
        notes.append(f"pays {played[0]:.6g} on every recorded step: it tells no two of them apart")
    still = [name for name, part in seen.parts.items() if _constant(part[: rows.recorded]) and not _constant(played)]
    if still:
        notes.append(f"parts that never vary on the recorded steps: {', '.join(still)}")
    return tuple(problems), tuple(notes)


def report_of(seen: Seen, rows: Rows) -> dict[str, Any]:
    """What a designer may want to know of the pay, as `Vetting.report` says."""
    played, edge = seen.values[: rows.recorded], seen.values[rows.recorded :]
    task = np.asarray(rows.steps.reward[: rows.recorded], dtype=np.float64)
    return {
        **_statistics(played),
        "correlation": _correlation(played, task),
        "seconds_per_row": seen.batch,
        "seconds_per_call": seen.row,
        "memory": seen.growth,
        "cost": seen.cost,
        "uses": list(seen.uses),
        "rows": rows.recorded,
        "extreme": float(np.abs(edge[np.isfinite(edge)]).max(initial=0.0)),
        "parts": {name: _statistics(part[: rows.recorded]) for name, part in seen.parts.items()},
    }


def _statistics(x: np.ndarray) -> dict[str, Any]:
    finite = x[np.isfinite(x)]
    known = len(finite) > 0
    return {
        "minimum": float(finite.min()) if known else None,
        "maximum": float(finite.max()) if known else None,
        "mean": float(finite.mean()) if known else None,
        "share_not_finite": 1.0 - len(finite) / len(x),
        "constant": _constant(x),
    }


def _constant(x: np.ndarray) -> bool:
    return bool(len(x) > 1 and np.isfinite(x).all() and np.ptp(x) <= 1e-12 * max(1.0, float(np.abs(x).max())))


def _correlation(x: np.ndarray, y: np.ndarray) -> float | None:
    good = np.isfinite(x) & np.isfinite(y)
    x, y = x[good], y[good]
    if len(x) < 2 or _constant(x) or _constant(y):
        return None
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip((x @ y) / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0))


def ended_in_words(e: Ended, limits: Limits) -> str:
    """Why there is no more process, as a sentence to act on."""
    if e.kind == "late":
        return f"it did not finish within {limits.seconds:g} s: make it shorter, with fewer and smaller steps"
    if e.kind == "forged":
        return f"{e.why}: no such code is accepted"
    return f"{e.why}; the most likely cause is memory: at most {limits.memory / MIB:.0f} MiB, use smaller arrays"
