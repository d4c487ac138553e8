"""Vetting: a reward program is compiled and tried in the jail before the trainer meets it.

It is run on recorded steps and on extreme ones (zeros, ±10⁶, all flags). What it paid comes back as numbers, from which
the trainer draws its verdict. A program that kills, hangs or floods its process has a problem; the trainer goes on.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch
from rewardlab.core.sandbox.jail import steps
from rewardlab.core.sandbox.jail.frames import clean
from rewardlab.core.sandbox.jail.limits import MIB, Bounds
from rewardlab.core.sandbox.jail.session import Ended, Sandbox, Session

MESSAGE = 800  # characters
LONGEST = 200_000  # characters of a program that are looked at at all
SINGLES = 32  # recorded rows that are also run alone


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


def vet(source: str, batch: Transitions, *, limits: Limits | None = None, sandbox: Sandbox = "jail") -> Vetting:
    """Try a reward program in the jail.

    Args:
        source: the program's text.
        batch: recorded steps, any leading axes, of which `limits.rows` spread ones are taken.
        limits: what it must keep within.
        sandbox: "none" tries it in a process without walls, and says so in `layers`.

    Raises:
        BadBatch: if there is no step to try it on.
        SandboxUnavailable: if a wall is missing here; nothing was run.
    """
    limits = limits or Limits()
    return _vet(source, _trial_rows(batch, limits), limits, sandbox)


def vet_many(
    sources: Sequence[str],
    batch: Transitions,
    *,
    limits: Limits | None = None,
    sandbox: Sandbox = "jail",
    workers: int | None = None,
) -> list[Vetting]:
    """`vet` for each source, `workers` (by default as many as there are cores) side by side."""
    limits = limits or Limits()
    rows = _trial_rows(batch, limits)
    with ThreadPoolExecutor(min(workers or os.cpu_count() or 1, max(len(sources), 1))) as pool:
        return list(pool.map(lambda source: _vet(source, rows, limits, sandbox), sources))


@dataclass(frozen=True)
class _Rows:
    """The steps of a trial: the recorded ones, then the extreme ones, each with its name."""

    steps: Transitions
    recorded: int
    extremes: tuple[str, ...]
    layout: Any
    block: bytes
    single: tuple[int, ...]


def _trial_rows(batch: Transitions, limits: Limits) -> _Rows:
    whole = steps.as_steps(steps.as_tree(steps.flat(batch)))
    if not len(whole):
        raise BadBatch("no steps", where="vet", expected="at least one recorded step", mend="play a few episodes first")
    take = np.unique(np.linspace(0, len(whole) - 1, min(limits.rows, len(whole))).astype(int))
    recorded = whole.rows(take)
    names, extreme = extreme_rows(recorded, limits.extreme) if limits.extreme else ((), None)
    both = recorded if extreme is None else Transitions.concat([recorded, extreme])
    tree = steps.as_tree(both)
    single = (*range(min(SINGLES, len(take))), *range(len(take), len(both)))
    return _Rows(both, len(take), names, steps.layout(tree), steps.to_bytes(tree), single)


def extreme_rows(recorded: Transitions, size: float) -> tuple[tuple[str, ...], Transitions]:
    """Steps at the edge, under every combination of flags, and their names.

    Real numbers are all 0, +size, −size, or go from one to the other; whole numbers and truths, which may be indices
    and codes, stay within what was recorded.
    """

    def at(fill: float) -> Transitions:
        return recorded.map(lambda x: _at(x, fill, size))

    high, low = at(1.0), at(-1.0)
    bases = {
        "a recorded step": recorded.rows(slice(0, 1)),
        "all numbers 0": at(0.0),
        f"all numbers {size:g}": high,
        f"all numbers {-size:g}": low,
        f"numbers going from {-size:g} to {size:g}": replace(low, next_obs=high.next_obs),
    }
    names, rows = [], []
    for (name, base), ended, cut in product(bases.items(), (False, True), (False, True)):
        flags = [word for word, on in (("terminated", ended), ("truncated", cut)) if on]
        names.append(", ".join([name, *flags]))
        rows.append(replace(base, terminated=np.array([ended]), truncated=np.array([cut])))
    return tuple(names), Transitions.concat(rows)


def _at(x: np.ndarray, fill: float, size: float) -> np.ndarray:
    """One row [1, ...] of a column [B, ...]: real numbers at fill · size, others at the recorded end of that side."""
    if x.dtype.kind not in steps.NUMBERS:
        return x[:1]
    if x.dtype.kind == "f":
        most = min(size, float(np.finfo(x.dtype).max) / 4)
        return np.full_like(x[:1], fill * most)
    if fill == 0 and (x.dtype.kind == "b" or x.min() <= 0 <= x.max()):
        return np.zeros_like(x[:1])
    return (x.max(0) if fill > 0 else x.min(0))[None]


def _vet(source: str, rows: _Rows, limits: Limits, sandbox: Sandbox) -> Vetting:
    if not isinstance(source, str) or not source.strip():
        return Vetting(str(source), ("there is no program: write def reward(obs, action, next_obs, info)",))
    if len(source) > LONGEST:
        return Vetting(source[:LONGEST], (f"it has {len(source)} characters; write at most a page",))
    bounds = Bounds(seconds=limits.seconds, memory=4 * limits.memory, cpu=int(limits.seconds) + 2)
    request = {
        "source": source,
        "layout": rows.layout,
        "rows": len(rows.steps),
        "recorded": rows.recorded,
        "single": rows.single,
    }
    with Session("trial", bounds=bounds, sandbox=sandbox) as session:
        layers = dict(session.layers)
        try:
            reply, block = session.ask(request, rows.block)
        except Ended as e:
            return Vetting(source, (_ended(e, limits),), layers=layers)
    if "refused" in reply:
        why, line = clean(reply["refused"], MESSAGE) or "it is refused, without a word", reply.get("line")
        return Vetting(source, (why,), layers=layers, line=line if isinstance(line, int) else None)
    try:
        seen = _Seen.read(reply, block, rows)
    except (KeyError, TypeError, ValueError, OverflowError):
        return Vetting(source, ("it answered for its own process: no such code is accepted",), layers=layers)
    problems, notes = _judged(seen, rows, limits)
    return Vetting(source, problems, notes, _report(seen, rows), layers)


@dataclass(frozen=True)
class _Seen:
    """What came out of the jail, of the right shapes and types."""

    values: np.ndarray  # [rows]
    parts: dict[str, np.ndarray]  # name -> [rows]
    single: np.ndarray  # [singles]
    batch: float
    row: float
    growth: int
    same: bool
    cost: int
    uses: tuple[str, ...]
    errors: dict[int, str]

    @staticmethod
    def read(reply: Mapping[str, Any], block: bytearray, rows: _Rows) -> "_Seen":
        names = [clean(n, 100) for n in reply["parts"]]
        n, k = len(rows.steps), len(names)
        numbers = np.frombuffer(block, np.float64)
        if len(numbers) != (1 + k) * n + len(rows.single):
            raise ValueError("another number of values")
        table = numbers[: (1 + k) * n].reshape(1 + k, n)
        return _Seen(
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


def _judged(seen: _Seen, rows: _Rows, limits: Limits) -> tuple[tuple[str, ...], tuple[str, ...]]:
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


def _report(seen: _Seen, rows: _Rows) -> dict[str, Any]:
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


def _ended(e: Ended, limits: Limits) -> str:
    if e.kind == "late":
        return f"it did not finish within {limits.seconds:g} s: make it shorter, with fewer and smaller steps"
    if e.kind == "forged":
        return f"{e.why}: no such code is accepted"
    return f"{e.why}; the most likely cause is memory: at most {limits.memory / MIB:.0f} MiB, use smaller arrays"
