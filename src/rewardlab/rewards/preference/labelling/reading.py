"""What a label file says: labelled pairs as arrays, and statistics."""

import json
import statistics as numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.core.database import Database
from rewardlab.rewards.preference.labelling import packing
from rewardlab.rewards.preference.labelling.tables import LIVE

Half = dict[packing.Place, np.ndarray]
_REWARD: packing.Place = ("reward",)
RECENT = 1000  # answers of which the median time is taken


def labelled(database: Database, since: int, most: int | None) -> tuple[Transitions, int]:
    """See `LabelStore.labelled`."""
    last = database.read("SELECT coalesce(max(number), 0) FROM answer")[0][0]
    rows = database.read(
        f"""SELECT number, query, annotator, label, repeat FROM answer WHERE number > ? AND number <= ?
        AND label IS NOT NULL AND {LIVE} ORDER BY number LIMIT ?""",
        (since, last, -1 if most is None else most),
    )
    if most is not None and len(rows) == most:
        last = rows[-1][0]
    found = pairs(database, sorted({r[1] for r in rows}))
    batch = stacked(database, [found[r[1]] for r in rows])
    columns = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    answer, query, annotator, label, repeat = columns
    said = {
        "label": np.array(label, dtype=np.float64),
        "query": np.array(query, dtype=np.int64),
        "annotator": np.array(annotator, dtype=np.int64),
        "answer": np.array(answer, dtype=np.int64),
        "repeat": np.array(repeat, dtype=bool),
    }
    return batch.paying(batch.reward, **said), max(last, since)


def pairs(database: Database, queries: Sequence[int]) -> dict[int, tuple[Half, Half]]:
    """Query -> its two segments, [t] each."""
    out = {}
    for start in range(0, len(queries), 500):
        some = queries[start : start + 500]
        marks = ",".join("?" * len(some))
        for q, first, second in database.read(f"SELECT query, first, second FROM pair WHERE query IN ({marks})", some):
            out[q] = (packing.unpack(first), packing.unpack(second))
    return out


def stacked(database: Database, found: Sequence[tuple[Half, Half]]) -> Transitions:
    """Segments of different lengths as [P, 2, T] with a mask; padding repeats a segment's last step."""
    told = database.read("SELECT value FROM about WHERE key = 'columns'")
    columns = {tuple(json.loads(k)): v for k, v in (json.loads(told[0][0]) if told else _BARE).items()}
    size = np.array([[len(h[_REWARD]) for h in pair] for pair in found], dtype=np.int64).reshape(-1, 2)
    steps = int(size.max(initial=0))
    leaves: Half = {}
    for place, (kind, shape, of) in columns.items():
        axes = (len(found), 2, steps)[: packing.AXES[of]]
        x = leaves[place] = np.zeros((*axes, *shape), dtype=np.dtype(kind))
        for p, pair in enumerate(found):
            if of == "pair":
                x[p] = pair[0][place]
                continue
            for g, half in enumerate(pair):
                if of == "segment":
                    x[p, g] = half[place]
                else:
                    x[p, g, : size[p, g]] = half[place]
                    x[p, g, size[p, g] :] = half[place][-1]
    leaves[("info", "mask")] = np.arange(steps) < size[..., None]
    return packing.grown(leaves)


_BARE: dict[str, list] = {
    **{json.dumps([k]): ["<f4", [], "step"] for k in ("obs", "action", "reward", "next_obs")},
    **{json.dumps([k]): ["|b1", [], "step"] for k in ("terminated", "truncated")},
}
"""The columns of a file that never held a pair."""


def statistics(database: Database) -> dict[str, dict[str, Any]]:
    """See `LabelStore.statistics`."""
    out = {}
    for number, name, labels, skips, repeats, judged, agreed in database.read(
        "SELECT number, name, labels, skips, repeats, judged, agreed FROM annotator ORDER BY number"
    ):
        times = database.read(
            f"SELECT seconds FROM answer WHERE annotator = ? AND {LIVE} ORDER BY number DESC LIMIT {RECENT}", (number,)
        )
        known = [s for (s,) in times if s is not None]
        out[name] = {
            "labels": labels,
            "skips": skips,
            "repeats": repeats,
            "agreement": agreed / judged if judged else None,
            "median_seconds": numbers.median(known) if known else None,
        }
    return out
