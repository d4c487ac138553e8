"""The tables of a label file, and how an answer is booked in them.

Everything that happens gets the next number of `answer`, an undo too, so that one counter orders all; nothing is ever
deleted from it. An answer is *live* until an undo. `lacks` of a query says how many people are still to answer it, 0
for those that are done; the sums of `annotator` and `tally` are kept beside the answers, in their transactions, because
counting a million rows for every page would be slow.
"""

import sqlite3
from dataclasses import dataclass

from rewardlab.core.errors import BadOption

LABELS_FORMAT = 1
MARK = 0x72776C6C  # "rwll"
TABLES = (
    "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE source (number INTEGER PRIMARY KEY, task TEXT NOT NULL, environment TEXT NOT NULL,
        model_version TEXT NOT NULL, seed TEXT NOT NULL, UNIQUE (task, environment, model_version, seed))""",
    """CREATE TABLE clip (number INTEGER PRIMARY KEY, tag TEXT NOT NULL, frames INTEGER NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL, columns INTEGER NOT NULL, data BLOB NOT NULL)""",
    """CREATE TABLE query (number INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL REFERENCES source,
        lacks INTEGER NOT NULL, first_clip INTEGER REFERENCES clip, second_clip INTEGER REFERENCES clip)""",
    "CREATE INDEX query_open ON query (number) WHERE lacks > 0",
    """CREATE TABLE pair (query INTEGER PRIMARY KEY REFERENCES query, digest BLOB NOT NULL, first BLOB NOT NULL,
        second BLOB NOT NULL)""",
    "CREATE INDEX pair_digest ON pair (digest)",
    """CREATE TABLE annotator (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, low INTEGER NOT NULL DEFAULT 0,
        repeated INTEGER NOT NULL DEFAULT 0, labels INTEGER NOT NULL DEFAULT 0, skips INTEGER NOT NULL DEFAULT 0,
        repeats INTEGER NOT NULL DEFAULT 0, judged INTEGER NOT NULL DEFAULT 0, agreed INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE lease (annotator INTEGER NOT NULL REFERENCES annotator, query INTEGER NOT NULL REFERENCES query,
        given INTEGER NOT NULL, until REAL NOT NULL, mirrored INTEGER NOT NULL, repeat INTEGER NOT NULL,
        PRIMARY KEY (annotator, query)) WITHOUT ROWID""",
    "CREATE INDEX lease_query ON lease (query, until)",
    """CREATE TABLE answer (number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
        query INTEGER NOT NULL REFERENCES query, annotator INTEGER NOT NULL REFERENCES annotator,
        label REAL CHECK (label IN (0, 0.5, 1)), mirrored INTEGER NOT NULL DEFAULT 0, repeat INTEGER NOT NULL DEFAULT 0,
        agrees INTEGER, seconds REAL, time TEXT NOT NULL, imported INTEGER NOT NULL DEFAULT 0,
        undone INTEGER, undoes INTEGER)""",
    "CREATE INDEX answer_by ON answer (annotator, number) WHERE undone IS NULL AND undoes IS NULL",
    "CREATE INDEX answer_to ON answer (query, annotator) WHERE undone IS NULL AND undoes IS NULL",
    "CREATE INDEX answer_undone ON answer (undone) WHERE undone IS NOT NULL",
    "CREATE TABLE tally (one INTEGER PRIMARY KEY CHECK (one = 1), queries INTEGER NOT NULL, done INTEGER NOT NULL)",
    "INSERT INTO tally VALUES (1, 0, 0)",
)
LIVE = "undone IS NULL AND undoes IS NULL"


@dataclass(frozen=True)
class Answer:
    """One answer to be booked.

    Attributes:
        label: as the pair is stored: 1 first better, 0 second, 0.5 alike, None for a skip.
        mirrored: the pair was shown with its sides swapped.
        repeat: asked again, for agreement.
    """

    key: str
    query: int
    annotator: int
    label: float | None
    mirrored: bool = False
    repeat: bool = False
    seconds: float | None = None
    time: str = ""
    imported: bool = False


def book(db: sqlite3.Connection, a: Answer) -> int:
    """Write an answer and its sums; returns its number."""
    agrees = None
    if a.repeat and a.label is not None:
        before = db.execute(
            f"SELECT label FROM answer WHERE query = ? AND annotator = ? AND repeat = 0 AND {LIVE} ORDER BY number",
            (a.query, a.annotator),
        ).fetchone()
        agrees = None if before is None or before[0] is None else int(before[0] == a.label)
    row = db.execute(
        """INSERT INTO answer (key, query, annotator, label, mirrored, repeat, agrees, seconds, time, imported)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (a.key, a.query, a.annotator, a.label, a.mirrored, a.repeat, agrees, a.seconds, a.time, a.imported),
    )
    _count(db, a.query, a.annotator, a.label, a.repeat, agrees, 1)
    return int(row.lastrowid or 0)


def unbook(db: sqlite3.Connection, number: int, key: str, time: str) -> tuple[int, bool, bool]:
    """Mark an answer as undone, take it out of the sums; returns its (query, mirrored, repeat)."""
    query, annotator, label, mirrored, repeat, agrees = db.execute(
        "SELECT query, annotator, label, mirrored, repeat, agrees FROM answer WHERE number = ?", (number,)
    ).fetchone()
    undo = db.execute(
        "INSERT INTO answer (key, query, annotator, time, undoes) VALUES (?, ?, ?, ?, ?)",
        (key, query, annotator, time, number),
    ).lastrowid
    db.execute("UPDATE answer SET undone = ? WHERE number = ?", (undo, number))
    _count(db, query, annotator, label, repeat, agrees, -1)
    db.execute("UPDATE annotator SET low = min(low, ?) WHERE number = ?", (query, annotator))
    return query, bool(mirrored), bool(repeat)


def _count(
    db: sqlite3.Connection, query: int, annotator: int, label: float | None, repeat: bool, agrees: int | None, sign: int
) -> None:
    """Add an answer to the sums, or take it out; `lacks` may be below 0 where more people answered than were asked."""
    db.execute(
        """UPDATE annotator SET labels = labels + ?, skips = skips + ?, repeats = repeats + ?, judged = judged + ?,
        agreed = agreed + ? WHERE number = ?""",
        (
            sign * (label is not None),
            sign * (label is None),
            sign * bool(repeat),
            sign * (agrees is not None),
            sign * (agrees or 0),
            annotator,
        ),
    )
    if not repeat:
        lacks = db.execute(
            "UPDATE query SET lacks = lacks - ? WHERE number = ? RETURNING lacks", (sign, query)
        ).fetchone()[0]
        if lacks == (0 if sign > 0 else 1):
            db.execute("UPDATE tally SET done = done + ?", (sign,))


def check_label(label: float | None) -> None:
    """Refuse what is no label.

    Raises:
        BadOption: unless it is 1, 0, 0.5 or None.
    """
    if label is not None and (
        isinstance(label, bool) or not isinstance(label, (int, float)) or label not in (0, 0.5, 1)
    ):
        raise BadOption(f"label {label!r}", where="LabelStore", expected="1, 0, 0.5, or None to skip")


def check_key(key: str) -> None:
    """Refuse a key that is not 8 to 64 letters, digits, "-" and "_".

    Raises:
        BadOption: naming it.
    """
    good = (
        isinstance(key, str)
        and 8 <= len(key) <= 64
        and key.isascii()
        and key.replace("-", "").replace("_", "").isalnum()
    )
    if not good:
        raise BadOption(f"key {str(key)[:80]!r}", where="LabelStore", expected="8 to 64 letters, digits, - and _")


def check_name(name: str) -> None:
    """Refuse a name that is empty, longer than 64 characters, begins or ends with a space or cannot be printed.

    Raises:
        BadOption: naming it.
    """
    good = isinstance(name, str) and 1 <= len(name) <= 64 and name == name.strip() and name.isprintable()
    if not good:
        raise BadOption(f"annotator {str(name)[:80]!r}", where="LabelStore", expected="1 to 64 printable characters")
