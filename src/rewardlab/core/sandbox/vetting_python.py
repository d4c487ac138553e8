"""Vetting of rewards in whole Python: each is played in the jail, and judged by what came out.

The program shares its process with whoever could be asked about it, so nothing is asked: time and memory are read from
outside, by the kernel's own count, and the pay of one process is compared with that of another which was given the same
steps in another order. A program that remembers, draws or looks at the clock is refused.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadProgram, BadReward
from rewardlab.core.sandbox.jail.limits import Bounds
from rewardlab.core.sandbox.jail.session import Sandbox
from rewardlab.core.sandbox.language.signature import Signature
from rewardlab.core.sandbox.trial_rows import Rows, trial_rows
from rewardlab.core.sandbox.verdict import Limits, Seen, Vetting, judged, report_of
from rewardlab.core.sandbox.vetting import many, no_program
from rewardlab.core.sandbox.worker import JailedReward


def vet_python(source: str, batch: Transitions, *, limits: Limits | None = None, sandbox: Sandbox = "jail") -> Vetting:
    """Try a reward in whole Python in the jail.

    Args:
        source: the program's text.
        batch: recorded steps, any leading axes, of which `limits.rows` spread ones are taken.
        limits: what it must keep within; a row's time is processor time of its process.
        sandbox: "none" tries it in a process without walls, for code of one's own, and says so in `layers`.

    Raises:
        BadBatch: if there is no step to try it on.
        SandboxUnavailable: if a wall is missing here; nothing was run.
    """
    limits = limits or Limits()
    return _vet(source, trial_rows(batch, limits), limits, sandbox)


def vet_python_many(
    sources: Sequence[str],
    batch: Transitions,
    *,
    limits: Limits | None = None,
    sandbox: Sandbox = "jail",
    workers: int | None = None,
) -> list[Vetting]:
    """`vet_python` for each source, `workers` (by default as many as there are cores) side by side."""
    return many(partial(_vet, sandbox=sandbox), sources, batch, limits or Limits(), workers)


class _Over(Exception):
    """The process of the program ended: there is nothing more to see."""


def _vet(source: str, rows: Rows, limits: Limits, sandbox: Sandbox) -> Vetting:
    nothing = no_program(source)
    if nothing is not None:
        return nothing
    bounds = Bounds(seconds=limits.seconds, memory=4 * limits.memory, cpu=int(limits.seconds) + 2)
    columns = tuple(Signature.of_batch(rows.steps).info)
    worker = JailedReward(source, columns, bounds, sandbox, total=limits.seconds)
    layers: dict[str, str] = {}
    try:
        layers = dict(worker.layers)
        seen = _seen(worker, rows, limits)
    except BadProgram as e:
        line = re.search(r"line (\d+)", e.what)
        return Vetting(source, (e.what,), layers=layers, line=int(line.group(1)) if line else None)
    except _Over as e:
        return Vetting(source, (str(e),), layers=layers)
    finally:
        worker.close()
    problems, notes = judged(seen, rows, limits)
    return Vetting(source, problems, notes, report_of(seen, rows), layers)


def _seen(worker: JailedReward, rows: Rows, limits: Limits) -> Seen:
    """Run it: all steps together, the same again, some alone, and all in another process from the last to the first."""
    count, errors = len(rows.steps), dict[int, str]()
    before, begun = worker.memory, worker.clock
    values, parts = _paid(worker, rows.steps, errors, limits)
    took = worker.clock - begun
    again, _ = _paid(worker, rows.steps, {}, limits)
    single, clocks = [], []
    for i in rows.single:
        begun = worker.clock
        single.append(_paid(worker, rows.steps.rows(slice(i, i + 1)), {}, limits)[0][0])
        clocks.append(worker.clock - begun)
    growth = worker.memory - before
    worker.close()
    backwards, _ = _paid(worker, rows.steps.rows(np.arange(count)[::-1]), {}, limits)
    # Where a row lies in memory may change the last digits of a sum.
    elsewhere = np.allclose(values, backwards[::-1], rtol=1e-9, atol=1e-12, equal_nan=True)
    same = np.array_equal(values, again, equal_nan=True) and elsewhere
    return Seen(
        values=values,
        parts=parts,
        single=np.array(single),
        batch=took / count,
        row=sorted(clocks)[int(0.99 * (len(clocks) - 1))],
        growth=max(growth, 0),
        same=bool(same),
        cost=None,
        uses=worker.reads,
        errors=errors,
    )


def _paid(
    worker: JailedReward, batch: Transitions, errors: dict[int, str], limits: Limits
) -> tuple[np.ndarray, dict[str, Any]]:
    """What each row pays [B], and its parts; NaN, and its message in `errors`, where that is no finite number.

    Raises:
        _Over: if the process ended, or time is up.
        BadProgram: if it could not be opened again.
    """
    try:
        pay, parts = worker.both(batch)
        return array(pay), parts
    except BadReward as e:
        if not worker.open:
            late = "no answer within" in e.what or "used up" in e.what  # a call's time is what was left of the whole
            raise _Over(f"it did not finish within {limits.seconds:g} s: make it shorter" if late else e.what) from None
        if len(batch) == 1:
            errors[0] = e.what
            return np.full(1, np.nan), {}
    values = np.empty(len(batch))
    for i in range(len(batch)):
        mine: dict[int, str] = {}
        values[i] = _paid(worker, batch.rows(slice(i, i + 1)), mine, limits)[0][0]
        if mine:
            errors[i] = mine[0].removeprefix("row 0: ").replace("row 0 pays", "it pays")
    return values, {}
