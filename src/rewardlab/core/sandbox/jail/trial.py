"""Role `trial`: compile a reward program and run it on the steps that were sent.

It reports what it saw, not what it thinks of it: the verdict is the trainer's, which trusts no process in here.
"""

import contextlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadProgram, BadReward, RewardlabError
from rewardlab.core.sandbox.jail import steps
from rewardlab.core.sandbox.jail.limits import peak_memory
from rewardlab.core.sandbox.language.program import compile_program
from rewardlab.core.sandbox.language.signature import Signature

TIMED = 100  # calls on one row
MESSAGE = 600  # characters


def trial(message: dict[str, Any], block: bytearray) -> tuple[dict[str, Any], bytes]:
    """{"source", "layout", "rows", "recorded", "single"} and steps -> what they were paid.

    The first `recorded` rows were played, the others are extreme. Rows `single` are also run alone.
    The answer: {"refused", "line"}; or {"hash", "cost", "uses", "parts", "batch", "row", "growth", "same", "whole",
    "errors"} and float64 values [rows], parts [K, rows], values of the single rows.
    """
    tree = steps.from_bytes(message["layout"], message["rows"], block)
    batch = steps.as_steps(steps.unaligned(tree))
    before = peak_memory()
    try:
        program = compile_program(message["source"], Signature.of_batch(batch))
    except BadProgram as e:
        return {"refused": str(e)[:MESSAGE], "line": getattr(e, "line", None)}, b""
    errors: dict[int, str] = {}
    values = _paid(program, batch, errors)
    again = _paid(program, batch, {})
    single = [_paid(program, batch.rows(slice(i, i + 1)), {})[0] for i in message["single"]]
    parts = _parts(program, batch)
    recorded = batch.rows(slice(0, message["recorded"]))
    reply = {
        "hash": program.hash,
        "cost": int(program.cost),
        "uses": [str(u) for u in program.uses],
        "parts": list(parts),
        "batch": _clock(lambda: _quiet(program, recorded)) / max(message["recorded"], 1),
        "row": _slowest(program, batch),
        "growth": peak_memory() - before,
        "same": bool(np.array_equal(values, again, equal_nan=True)),
        "errors": [[i, text] for i, text in sorted(errors.items())[:8]],
    }
    columns = [values, *(np.broadcast_to(np.asarray(p, dtype=np.float64), len(values)) for p in parts.values()), single]
    return reply, b"".join(np.asarray(c, dtype=np.float64).tobytes() for c in columns)


def _paid(program: Any, batch: Transitions, errors: dict[int, str]) -> np.ndarray:
    """What each row pays [B]; NaN, and its message in `errors`, where that is no finite number."""
    try:
        return np.asarray(program(batch), dtype=np.float64)
    except BadReward as e:
        if len(batch) == 1:
            errors[0] = _said(e)
            return np.full(1, np.nan)
    values = np.empty(len(batch))
    for i in range(len(batch)):
        mine: dict[int, str] = {}
        values[i] = _paid(program, batch.rows(slice(i, i + 1)), mine)[0]
        if mine:
            errors[i] = mine[0]
    return values


def _parts(program: Any, batch: Transitions) -> dict[str, Any]:
    try:
        return {str(k): v for k, v in program.parts(batch).items()}
    except RewardlabError:
        return {}


def _quiet(program: Any, batch: Transitions) -> None:
    with contextlib.suppress(BadReward):
        program(batch)


def _slowest(program: Any, batch: Transitions) -> float:
    """The 99th percentile of calls on one row, in seconds of processor time."""
    rows = [batch.rows(slice(i, i + 1)) for i in range(min(len(batch), TIMED))]
    took = sorted(_clock(lambda row=row: _quiet(program, row)) for row in rows)  # type: ignore[misc]
    return took[int(0.99 * (len(took) - 1))]


def _clock(run: Callable[[], None]) -> float:
    begun = time.thread_time()
    run()
    return time.thread_time() - begun


def _said(error: RewardlabError) -> str:
    return error.what[:MESSAGE]
