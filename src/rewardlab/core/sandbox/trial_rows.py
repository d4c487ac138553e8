"""The steps that a program is tried on: recorded ones, and steps at the edge under every combination of flags."""

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch
from rewardlab.core.sandbox.jail import steps

if TYPE_CHECKING:
    from rewardlab.core.sandbox.verdict import Limits

SINGLES = 32  # recorded rows that are also run alone


@dataclass(frozen=True)
class Rows:
    """The steps of a trial: the recorded ones, then the extreme ones, each with its name."""

    steps: Transitions
    recorded: int
    extremes: tuple[str, ...]
    layout: Any
    block: bytes
    single: tuple[int, ...]


def trial_rows(batch: Transitions, limits: "Limits") -> Rows:
    """`limits.rows` spread steps of a record, and the extreme ones.

    Raises:
        BadBatch: if there is no step.
    """
    whole = steps.as_steps(steps.as_tree(steps.flat(batch)))
    if not len(whole):
        raise BadBatch("no steps", where="vet", expected="at least one recorded step", mend="play a few episodes first")
    take = np.unique(np.linspace(0, len(whole) - 1, min(limits.rows, len(whole))).astype(int))
    recorded = whole.rows(take)
    names, extreme = extreme_rows(recorded, limits.extreme) if limits.extreme else ((), None)
    both = recorded if extreme is None else Transitions.concat([recorded, extreme])
    tree = steps.as_tree(both)
    single = (*range(min(SINGLES, len(take))), *range(len(take), len(both)))
    return Rows(both, len(take), names, steps.layout(tree), steps.to_bytes(tree), single)


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
