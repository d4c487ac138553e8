"""Turns: who is given which query, and what an answer and an undo do; each inside a transaction of the store.

A query that was given is *leased*: others get it only when the lease has run out, and whoever held it may still answer
it late. An annotator gets what they hold and have not answered, then now and then a repeat with its sides swapped, then
the oldest query that is open to them.
"""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.labelling.clips import Clip
from rewardlab.rewards.preference.labelling.tables import LIVE, Answer, book, check_name, unbook

_SHOWN = """SELECT s.task, s.environment, a.number, a.tag, a.frames, a.width, a.height, a.columns,
    b.number, b.tag, b.frames, b.width, b.height, b.columns FROM query q JOIN source s ON s.number = q.source
    LEFT JOIN clip a ON a.number = q.first_clip LEFT JOIN clip b ON b.number = q.second_clip WHERE q.number = ?"""


_OPEN = f"""SELECT q.number FROM query q WHERE q.lacks > 0 AND q.number >= ? AND NOT EXISTS
    (SELECT 1 FROM answer WHERE query = q.number AND annotator = ? AND {LIVE})"""
_NEAR = 64  # queries that are looked through again rather than noting at every turn where the open ones begin


class NotHeld(BadOption):
    """An answer to a query that this annotator was not given, or has answered."""


@dataclass(frozen=True)
class Query:
    """A pair to be judged, as it is to be shown.

    Attributes:
        number: its id.
        task: what the annotator is to look for.
        environment: where the segments were recorded.
        repeat: the annotator has judged it before; shown with its sides swapped.
        mirrored: the stored first segment is shown as the second; `answer` takes the label as shown.
        first: the clip on the left; None if the pair was added without pictures.
        second: the clip on the right.
    """

    number: int
    task: str
    environment: str
    repeat: bool
    mirrored: bool
    first: Clip | None
    second: Clip | None


@dataclass(frozen=True)
class Annotator:
    """An annotator at their turn.

    Attributes:
        number: in the file.
        low: the lowest query that may be open to them.
        repeated: the last answer about which they were asked again.
        fresh: answers that were no repeats.
        repeats: answers that were.
    """

    number: int
    low: int
    repeated: int
    fresh: int
    repeats: int


def annotator(db: sqlite3.Connection, name: str) -> Annotator:
    """The annotator of this name, made if need be.

    Raises:
        BadOption: for what is no name.
    """
    check_name(name)
    ask = "SELECT number, low, repeated, labels + skips - repeats, repeats FROM annotator WHERE name = ?"
    row = db.execute(ask, (name,)).fetchone()
    if row is None:
        db.execute("INSERT INTO annotator (name) VALUES (?)", (name,))
        row = db.execute(ask, (name,)).fetchone()
    return Annotator(*row)


def choose(
    db: sqlite3.Connection,
    who: Annotator,
    now: float,
    lease: float,
    repeats: float,
    besides: Collection[int],
    fresh: bool,
) -> Query | None:
    """The next query for an annotator; see `LabelStore.next`."""
    held = db.execute(
        """SELECT l.query, l.mirrored, l.repeat FROM lease l JOIN query q ON q.number = l.query
        WHERE l.annotator = ? AND (l.repeat OR q.lacks > 0) ORDER BY l.given""",
        (who.number,),
    ).fetchall()
    for number, mirrored, repeat in [] if fresh else held:
        if number not in besides:
            db.execute(
                "UPDATE lease SET until = ? WHERE annotator = ? AND query = ?", (now + lease, who.number, number)
            )
            return shown(db, number, mirrored, repeat)
    if repeats > 0 and who.repeats + 1 <= repeats * who.fresh:
        again = db.execute(
            f"""SELECT number, query, mirrored FROM answer WHERE annotator = ? AND number > ? AND repeat = 0
            AND imported = 0 AND label IS NOT NULL AND {LIVE} ORDER BY number LIMIT 1""",
            (who.number, who.repeated),
        ).fetchone()
        if again:
            answer_, number, mirrored = again
            db.execute("UPDATE annotator SET repeated = ? WHERE number = ?", (answer_, who.number))
            return give(db, who.number, number, not mirrored, True, now + lease)
    free = db.execute(
        f"""{_OPEN} AND q.first_clip IS NOT NULL AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.query = q.number
        AND (l.annotator = ? OR (l.until > ? AND l.until <= ?))) ORDER BY q.number LIMIT 1""",
        (who.low, who.number, who.number, now, now + lease),  # a lease beyond that is of a clock that was set back
    ).fetchone()
    if free is None:
        return None
    if free[0] > who.low + _NEAR:
        first = db.execute(f"{_OPEN} ORDER BY q.number LIMIT 1", (who.low, who.number)).fetchone()[0]
        db.execute("UPDATE annotator SET low = ? WHERE number = ?", (first, who.number))
    return give(db, who.number, free[0], False, False, now + lease)


def give(
    db: sqlite3.Connection,
    who: int,
    number: int,
    mirrored: bool,
    repeat: bool,
    until: float,
    *,
    back: bool = False,
) -> Query:
    """Lease a query, as the last that an annotator holds, or with `back` as the first."""
    edge = "min(given) - 1" if back else "max(given) + 1"
    db.execute(
        f"INSERT OR REPLACE INTO lease SELECT ?, ?, coalesce({edge}, 0), ?, ?, ? FROM lease WHERE annotator = ?",
        (who, number, until, mirrored, repeat, who),
    )
    return shown(db, number, mirrored, repeat)


def shown(db: sqlite3.Connection, number: int, mirrored: bool, repeat: bool) -> Query:
    """A query as it is to be shown."""
    row = db.execute(_SHOWN, (number,)).fetchone()
    first, second = (None if row[k] is None else Clip(*row[k : k + 6]) for k in (2, 8))
    left, right = (second, first) if mirrored else (first, second)
    return Query(number, row[0], row[1], bool(repeat), bool(mirrored), left, right)


def answer(
    db: sqlite3.Connection, who: Annotator, query: int, label: float | None, key: str, seconds: float | None, time: str
) -> None:
    """Book an answer to a query that is held; see `LabelStore.answer`."""
    known = db.execute("SELECT query, annotator, undoes FROM answer WHERE key = ?", (key,)).fetchone()
    if known is not None:
        if known != (query, who.number, None):
            raise BadOption(f"key {key!r} is that of another answer", where="LabelStore.answer")
        return
    held = db.execute(
        "DELETE FROM lease WHERE annotator = ? AND query = ? RETURNING mirrored, repeat", (who.number, query)
    ).fetchone()
    if held is None:
        raise NotHeld(f"query {query} is not with this annotator", where="LabelStore.answer", mend="ask for the next")
    mirrored, repeat = map(bool, held)
    label = 1.0 - label if mirrored and label is not None else label
    book(db, Answer(key, query, who.number, label, mirrored, repeat, seconds, time))


def undo(db: sqlite3.Connection, who: Annotator, key: str, time: str, until: float) -> Query | None:
    """Take back the last answer; see `LabelStore.undo`."""
    known = db.execute("SELECT query, annotator, undoes FROM answer WHERE key = ?", (key,)).fetchone()
    if known is not None:
        if known[1] != who.number or known[2] is None:
            raise BadOption(f"key {key!r} is that of an answer", where="LabelStore.undo")
        held = db.execute(
            "SELECT mirrored, repeat FROM lease WHERE annotator = ? AND query = ?", (who.number, known[0])
        ).fetchone()
        return None if held is None else shown(db, known[0], *held)
    last = db.execute(
        f"SELECT number FROM answer WHERE annotator = ? AND imported = 0 AND {LIVE} ORDER BY number DESC LIMIT 1",
        (who.number,),
    ).fetchone()
    if last is None:
        return None
    number, mirrored, repeat = unbook(db, last[0], key, time)
    return give(db, who.number, number, mirrored, repeat, until, back=True)
