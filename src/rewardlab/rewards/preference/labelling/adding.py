"""Pairs into a label file: checked, packed, pictures drawn, written some hundred at a time."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.labelling import packing
from rewardlab.rewards.preference.labelling.clips import check_frames, filmstrip

if TYPE_CHECKING:
    from rewardlab.rewards.preference.labelling.store import LabelStore

CHUNK = 256  # pairs of one transaction: others wait for no more
OURS = ("mask", "label", "query", "annotator", "answer", "repeat")  # info columns that reading makes anew
SEGMENTS = ("start",)  # what pair_segments says of whole segments, even where its shape is also that of steps
Source = tuple[str, str, str, str]  # task, environment, model version, seed
Picture = tuple[bytes, int, int, int, int]  # sheet, frames, width, height, columns


def add(
    store: "LabelStore", pairs: Transitions, frames: Iterable[Sequence[Any]] | None, source: Source, raters: int
) -> list[int]:
    """Write pairs as queries that `raters` people are to answer; see `LabelStore.add`."""
    if isinstance(raters, bool) or not isinstance(raters, int) or raters < 1:
        raise BadOption(f"raters={raters!r}", where="LabelStore.add", expected="at least 1")
    found, of, size = _checked(pairs)
    agree(store, packing.signature(found, of))
    pictures = iter(frames) if frames is not None else None
    numbers: list[int] = []
    for start in range(0, len(size), CHUNK):
        rows = []
        for p in range(start, min(start + CHUNK, len(size))):
            halves = [packing.pack({k: _half(x, of[k], p, g, size) for k, x in found.items()}) for g in (0, 1)]
            rows.append((halves[0], halves[1], _drawn(pictures, p, size[p])))
        with store.together() as db:
            numbers += insert(db, rows, source, raters)
    if pictures is not None and next(pictures, None) is not None:
        raise BadOption("more frames than pairs", where="LabelStore.add", expected=f"{len(size)} pairs of frames")
    return numbers


def _half(x: np.ndarray, of: str, p: int, g: int, size: np.ndarray) -> np.ndarray:
    return x[p, ...] if of == "pair" else x[p, g, ...] if of == "segment" else x[p, g, : size[p, g]]


def insert(
    db: sqlite3.Connection, rows: Sequence[tuple[bytes, bytes, list[Picture] | None]], source: Source, raters: int
) -> list[int]:
    """Write packed pairs with their pictures; returns the ids."""
    db.execute("INSERT OR IGNORE INTO source (task, environment, model_version, seed) VALUES (?, ?, ?, ?)", source)
    number = db.execute(
        "SELECT number FROM source WHERE task = ? AND environment = ? AND model_version = ? AND seed = ?", source
    ).fetchone()[0]
    out = []
    for first, second, pictures in rows:
        clips: list[int | None] = [None, None]
        for side, (data, t, w, h, columns) in enumerate(pictures or []):
            clips[side] = db.execute(
                "INSERT INTO clip (tag, frames, width, height, columns, data) VALUES (?, ?, ?, ?, ?, ?)",
                (hashlib.sha256(data).hexdigest()[:12], t, w, h, columns, data),
            ).lastrowid
        query = db.execute(
            "INSERT INTO query (source, lacks, first_clip, second_clip) VALUES (?, ?, ?, ?)", (number, raters, *clips)
        ).lastrowid
        db.execute("INSERT INTO pair VALUES (?, ?, ?, ?)", (query, digest(first, second), first, second))
        out.append(int(query or 0))
    db.execute("UPDATE tally SET queries = queries + ?", (len(out),))
    return out


def digest(first: bytes, second: bytes) -> bytes:
    """Of the content of a pair: equal pairs of two files are one."""
    return hashlib.sha256(hashlib.sha256(first).digest() + hashlib.sha256(second).digest()).digest()[:16]


def agree(store: "LabelStore", mine: dict[str, list]) -> None:
    """Note which columns the segments of this file have, or compare.

    Raises:
        BadBatch: if they differ from those in the file.
    """
    theirs = store.about("columns", lambda: mine)
    odd = sorted(k for k in {*mine, *theirs} if mine.get(k) != theirs.get(k))
    if odd:
        raise BadBatch(
            f"{odd[0]} is {mine.get(odd[0], 'missing')}",
            where=str(store.path),
            expected=f"{theirs.get(odd[0], 'no such column')}, as the segments that are here already have it",
            mend="another file for other steps",
        )


def _checked(pairs: Transitions) -> tuple[dict[packing.Place, np.ndarray], dict[packing.Place, str], np.ndarray]:
    """Leaves, what each is of, and steps that count [P, 2]; without the columns that reading makes."""
    if len(pairs.shape) != 3 or pairs.shape[1] != 2 or 0 in pairs.shape[2:]:
        raise BadBatch(
            f"steps {pairs.shape}", where="LabelStore.add", expected="[P, 2, T]", mend="pair_segments cuts them"
        )
    mask = array(pairs.info.get("mask", np.ones(pairs.shape, dtype=bool))) != 0
    info = {k: v for k, v in pairs.info.items() if k not in OURS}
    bare = Transitions(pairs.obs, pairs.action, pairs.reward, pairs.next_obs, pairs.terminated, pairs.truncated, {})
    found = packing.leaves(replace(bare.check(where="LabelStore.add"), info=info))
    of = {place: _of(place, x, pairs.shape) for place, x in found.items()}
    size = mask.sum(-1)
    if mask.shape != pairs.shape or (mask != (np.arange(pairs.shape[2]) < size[..., None])).any() or (size == 0).any():
        raise BadBatch(
            "a mask with gaps, or of no step",
            where="LabelStore.add",
            expected="True on the first steps of each segment",
        )
    for place, x in found.items():
        if place[0] != "info" and x.dtype.kind == "f":
            bad = ~np.isfinite(x).reshape(*x.shape[:3], -1).all(-1) & mask
            if bad.any():
                p, g, t = np.argwhere(bad)[0]
                raise BadBatch(
                    f"{packing.shown(place)} is NaN or infinite in pair {p}, segment {g}, step {t}",
                    where="LabelStore.add",
                    expected="finite numbers",
                    mend="leave such steps out before segments are cut",
                )
    return found, of, size


def _of(place: packing.Place, x: np.ndarray, axes: tuple[int, ...]) -> str:
    """Whether a column is of steps, segments or pairs."""
    known = ("segment", "pair") if place[0] == "info" and place[1] in SEGMENTS else tuple(packing.AXES)
    for of in known:
        if x.shape[: packing.AXES[of]] == axes[: packing.AXES[of]]:
            return of
    raise BadBatch(
        f"{packing.shown(place)} has shape {x.shape}",
        where="LabelStore.add",
        expected=f"leading axes {axes}, {axes[:2]} or {axes[:1]}",
    )


def _drawn(pictures: Any, p: int, size: np.ndarray) -> list[Picture] | None:
    """The sheets of pair `p`; frames beyond the steps that count are left out."""
    if pictures is None:
        return None
    pair = next(pictures, None)
    if pair is None or len(pair) != 2:
        raise BadOption(
            f"no two clips for pair {p}", where="LabelStore.add", expected="a pair of [T, H, W, 3] for each"
        )
    out = []
    for side, clip in enumerate(pair):
        frames = check_frames(clip)[: size[side]]
        sheet, columns = filmstrip(frames)
        out.append((sheet, len(frames), frames.shape[2], frames.shape[1], columns))
    return out
