"""Vetting: a reward program is compiled and tried in the jail before the trainer meets it.

It is run on recorded steps and on extreme ones (zeros, ±10⁶, all flags). What it paid comes back as numbers, from which
the trainer draws its verdict. A program that kills, hangs or floods its process has a problem; the trainer goes on.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from rewardlab.core.batch import Transitions
from rewardlab.core.sandbox.jail.frames import clean
from rewardlab.core.sandbox.jail.limits import Bounds
from rewardlab.core.sandbox.jail.session import Ended, Sandbox, Session
from rewardlab.core.sandbox.trial_rows import Rows, trial_rows
from rewardlab.core.sandbox.verdict import MESSAGE, Limits, Seen, Vetting, ended_in_words, judged, report_of

LONGEST = 200_000  # characters of a program that are looked at at all


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
    return _vet(source, trial_rows(batch, limits), limits, sandbox)


def vet_many(
    sources: Sequence[str],
    batch: Transitions,
    *,
    limits: Limits | None = None,
    sandbox: Sandbox = "jail",
    workers: int | None = None,
) -> list[Vetting]:
    """`vet` for each source, `workers` (by default as many as there are cores) side by side."""
    return many(partial(_vet, sandbox=sandbox), sources, batch, limits or Limits(), workers)


def many(
    one: Callable[[str, Rows, Limits], Vetting],
    sources: Sequence[str],
    batch: Transitions,
    limits: Limits,
    workers: int | None,
) -> list[Vetting]:
    """The verdict `one` of each source, side by side on the same steps."""
    rows = trial_rows(batch, limits)
    with ThreadPoolExecutor(min(workers or os.cpu_count() or 1, max(len(sources), 1))) as pool:
        return list(pool.map(lambda source: one(source, rows, limits), sources))


def no_program(source: str) -> Vetting | None:
    """The verdict on what need not be looked at; None for all else."""
    if not isinstance(source, str) or not source.strip():
        return Vetting(str(source), ("there is no program: write def reward(obs, action, next_obs, info)",))
    if len(source) > LONGEST:
        return Vetting(source[:LONGEST], (f"it has {len(source)} characters; write at most a page",))
    return None


def _vet(source: str, rows: Rows, limits: Limits, sandbox: Sandbox) -> Vetting:
    nothing = no_program(source)
    if nothing is not None:
        return nothing
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
            return Vetting(source, (ended_in_words(e, limits),), layers=layers)
    if "refused" in reply:
        why, line = clean(reply["refused"], MESSAGE) or "it is refused, without a word", reply.get("line")
        return Vetting(source, (why,), layers=layers, line=line if isinstance(line, int) else None)
    try:
        seen = Seen.read(reply, block, rows)
    except (KeyError, TypeError, ValueError, OverflowError):
        return Vetting(source, ("it answered for its own process: no such code is accepted",), layers=layers)
    problems, notes = judged(seen, rows, limits)
    return Vetting(source, problems, notes, report_of(seen, rows), layers)
