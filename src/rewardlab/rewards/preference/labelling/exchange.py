"""Labels as JSON lines, out and in; a line a label, readable without this package.

    {"label": 1, "annotator": "ann", "time": "2031-05-01T12:00:00.000+00:00", "seconds": 2.5, "query": 3, "key": ...,
     "first": {"[\\"obs\\"]": [[0.1, ...], ...], ...}, "second": {...}, "repeat": false, "mirrored": false,
     "columns": {"[\\"obs\\"]": ["<f4", [4], "step"], ...}, "task": ..., "environment": ..., "model_version": ...,
     "seed": 7}

A column is named by its place, a JSON list in a string; `columns` says its type, its shape, and what it is of: steps,
the segment, or the pair.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlab.core.database import Database
from rewardlab.core.errors import BadBatch, BadStore, RewardlabError
from rewardlab.core.files import cannot_write
from rewardlab.rewards.preference.labelling import adding, packing
from rewardlab.rewards.preference.labelling.reading import pairs
from rewardlab.rewards.preference.labelling.tables import Answer, book, check_key, check_label, check_name, unbook

if TYPE_CHECKING:
    from rewardlab.rewards.preference.labelling.store import LabelStore

CHUNK = 256
LONGEST = 1 << 26  # characters of a line
_TEXTS = ("annotator", "time", "key", "task", "environment", "model_version")


def export(database: Database, path: Path, history: bool) -> int:
    """See `LabelStore.export`."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("x", encoding="utf-8") as f:
            for line in lines(database, history):
                f.write(json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n")
                count += 1
            f.flush()
            os.fsync(f.fileno())
        os.replace(temporary, path)
    except OSError as e:
        if isinstance(e, RewardlabError):
            raise
        raise cannot_write(path, e) from e
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return count


def lines(database: Database, history: bool) -> Iterator[dict[str, Any]]:
    """Every label with its pair, in the order of the counter; some hundred are in memory at a time."""
    last = 0
    told = database.read("SELECT value FROM about WHERE key = 'columns'")
    columns = json.loads(told[0][0]) if told else {}
    which = "a.undoes IS NULL" if history else "a.undoes IS NULL AND a.undone IS NULL"
    while rows := database.read(
        f"""SELECT a.number, a.key, a.query, w.name, a.label, a.mirrored, a.repeat, a.seconds, a.time, a.undone,
        s.task, s.environment, s.model_version, s.seed FROM answer a JOIN annotator w ON w.number = a.annotator
        JOIN query q ON q.number = a.query JOIN source s ON s.number = q.source
        WHERE a.number > ? AND {which} ORDER BY a.number LIMIT {CHUNK}""",
        (last,),
    ):
        found = pairs(database, sorted({r[2] for r in rows}))
        for number, key, query, name, label, mirrored, repeat, seconds, time, undone, task, env, version, seed in rows:
            last = number
            first, second = (packing.as_json(h) for h in found[query])
            yield {
                "label": None if label is None else int(label) if label in (0, 1) else label,
                "annotator": name,
                "time": time,
                "first": first,
                "second": second,
                "key": key,
                "query": query,
                "seconds": seconds,
                "repeat": bool(repeat),
                "mirrored": bool(mirrored),
                **({"undone": True} if undone is not None else {}),
                "task": task,
                "environment": env,
                "model_version": version,
                "seed": int(seed) if seed else None,
                "columns": columns,
            }


@dataclass(frozen=True)
class _Line:
    """A line that was found good."""

    key: str
    annotator: str
    label: float | None
    mirrored: bool
    repeat: bool
    seconds: float | None
    time: str
    undone: bool
    source: adding.Source
    first: bytes
    second: bytes
    columns: dict[str, list]


def import_(store: "LabelStore", path: Path) -> tuple[int, int]:
    """See `LabelStore.import_`."""
    columns = store.about("columns")
    for line in _read(path, columns):  # all of it, before the first is written
        columns = line.columns
    if columns is None:
        return 0, 0
    adding.agree(store, columns)
    new = known = 0
    lines_ = _read(path, columns)
    while some := list(islice(lines_, CHUNK)):
        added = _write(store, some)
        new, known = new + added, known + len(some) - added
    return new, known


def _read(path: Path, columns: dict[str, list] | None) -> Iterator[_Line]:
    """The lines of a file, each checked; `columns` None takes those of the first line."""
    try:
        f = path.open("rb")
    except OSError as e:
        raise BadStore(f"cannot read: {e.strerror}", where=str(path), expected="a file of JSON lines") from e
    with f:
        number = 0
        while raw := f.readline(LONGEST + 1):
            number += 1
            try:
                line = _checked(raw, columns)
            except RecursionError:
                raise _wrong(path, number, "nested too deeply") from None
            except RewardlabError as e:
                raise _wrong(path, number, f"{e.what}; expected {e.expected}") from None
            except KeyError as e:
                raise _wrong(path, number, f"{e} is missing") from None
            except (ValueError, TypeError, AttributeError, OverflowError) as e:
                raise _wrong(path, number, " ".join(str(e).split())[:200]) from None
            columns = line.columns
            yield line


def _wrong(path: Path, number: int, what: str) -> BadBatch:
    return BadBatch(
        f"line {number}: {what}",
        where=str(path),
        expected="lines that LabelStore.export wrote",
        mend="mend or delete that line; nothing was imported",
    )


def _checked(raw: bytes, columns: dict[str, list] | None) -> _Line:
    """One line; ValueError, TypeError or KeyError if it is none."""
    if len(raw) > LONGEST:
        raise ValueError("more than 64 MB")
    line = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
    if not isinstance(line, dict):
        raise ValueError("no object")
    texts = {k: line[k] for k in _TEXTS}
    if not all(isinstance(v, str) for v in texts.values()):
        raise ValueError(f"{', '.join(_TEXTS)} are texts")
    "".join(texts.values()).encode("utf-8")  # lone surrogates are no text
    check_label(line["label"])
    check_name(line["annotator"])
    check_key(line["key"])
    seconds, seed = line.get("seconds"), line.get("seed")
    if seconds is not None and not (isinstance(seconds, (int, float)) and 0 <= seconds < 1e9):
        raise ValueError("seconds are a number from 0 on, or null")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise ValueError("seed is a whole number, or null")
    flags = [line.get(k, False) for k in ("mirrored", "repeat", "undone")]
    if not all(isinstance(f, bool) for f in flags):
        raise ValueError("mirrored, repeat and undone are true or false")
    if columns is None:
        columns = packing.check_signature(line["columns"])
    elif line["columns"] != columns:
        raise ValueError("columns differ from those of the lines before it, or of the file of labels")
    first, second = (packing.pack(packing.from_json(line[k], columns)) for k in ("first", "second"))
    source = (line["task"], line["environment"], line["model_version"], "" if seed is None else str(seed))
    label = None if line["label"] is None else float(line["label"])
    mirrored, repeat, undone = flags
    return _Line(
        line["key"], line["annotator"], label, mirrored, repeat, seconds, line["time"], undone, source, first, second,
        columns,
    )  # fmt: skip


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _write(store: "LabelStore", some: list[_Line]) -> int:
    """Add those whose key is new; returns how many. Pairs that are here already are not added again."""
    added = 0
    with store.together() as db:
        for a in some:
            if db.execute("SELECT 1 FROM answer WHERE key = ?", (a.key,)).fetchone():
                continue
            added += 1
            db.execute("INSERT OR IGNORE INTO annotator (name) VALUES (?)", (a.annotator,))
            who = db.execute("SELECT number FROM annotator WHERE name = ?", (a.annotator,)).fetchone()[0]
            row = db.execute("SELECT query FROM pair WHERE digest = ?", (adding.digest(a.first, a.second),)).fetchone()
            query = row[0] if row else adding.insert(db, [(a.first, a.second, None)], a.source, 1)[0]
            number = book(
                db, Answer(a.key, query, who, a.label, a.mirrored, a.repeat, a.seconds, a.time, imported=True)
            )
            if a.undone:
                unbook(db, number, f"undo-{a.key}", a.time)
    return added
