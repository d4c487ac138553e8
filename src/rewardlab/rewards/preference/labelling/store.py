"""Pairs of segments, and what people said of them, in one file that survives kills.

    label 1: the first segment is better,  0: the second,  0.5: alike,  none: skipped

An answer that was acknowledged is on the disk (write-ahead log, full synchronisation). Several people, processes and a
trainer may use the file at once: a query that someone is answering is *leased* and not given to others until the lease
runs out. Nothing is forgotten: contradictions stay with who and when, and what was undone stays as history. The order
is that of a counter; the clock serves leases and display.
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rewardlab.core.batch import Transitions
from rewardlab.core.database import Database
from rewardlab.core.errors import BadOption, BadStore, UnknownName
from rewardlab.core.store import dumps
from rewardlab.rewards.preference.labelling import adding, exchange, reading, turns
from rewardlab.rewards.preference.labelling.tables import LABELS_FORMAT, LIVE, MARK, TABLES, check_key, check_label
from rewardlab.rewards.preference.labelling.turns import NotHeld as NotHeld
from rewardlab.rewards.preference.labelling.turns import Query as Query

FILE = "labels.sqlite"
"""The name of the label file in the folder of a run."""
CHECKED = float(1 << 26)  # larger files are not read through when they are opened


class LabelStore:
    """Queries and labels in one SQLite file. One object serves one thread; others open the file for themselves.

    Args:
        path: the file; a folder means its `labels.sqlite`.
        create: make file and folder if they are not there.
        lease: seconds for which a query that was given is not given to others.
        repeats: share of queries that ask an annotator again, sides swapped, about an earlier one; 0 for none.
        clock: seconds since 1970.

    Raises:
        BadStore: if the file is missing, damaged, not a label file, of a newer format, or cannot be written.
        BadOption: for a lease that is not positive or a share outside [0, 0.5].
    """

    def __init__(
        self,
        path: str | Path,
        *,
        create: bool = True,
        lease: float = 300.0,
        repeats: float = 0.05,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not lease > 0 or not 0 <= repeats <= 0.5:
            raise BadOption(
                f"lease={lease!r}, repeats={repeats!r}", where="LabelStore", expected="lease > 0, repeats in [0, 0.5]"
            )
        self.path = file_of(path)
        self.lease, self.repeats, self._clock = lease, repeats, clock
        if not create and not self.path.is_file():
            raise BadStore(
                "no labels here",
                where=str(self.path),
                expected="a file that LabelStore(path).add(pairs, frames=...) made",
                mend="rewardlab label --demo shows what it looks like",
            )
        self._database = Database(self.path, TABLES, mark=MARK, version=LABELS_FORMAT, create=create, checked=CHECKED)
        self._open: sqlite3.Connection | None = None
        self._durable = True

    # -- queries -------------------------------------------------------------------------------------------------

    def add(
        self,
        pairs: Transitions,
        *,
        frames: Iterable[Sequence[Any]] | None = None,
        states: Iterable[Sequence[Any]] | None = None,
        render: Callable[[Any], Any] | None = None,
        environment: str = "",
        task: str = "Which of the two is better?",
        model_version: str = "",
        seed: int | None = None,
        raters: int = 1,
    ) -> list[int]:
        """Add pairs to be judged.

        Pictures come as `frames`, or from `states` by `render`; each is read pair by pair, so both may be generators.

        Args:
            pairs: [P, 2, T]; `info["mask"]` [P, 2, T] says which steps count. Other columns of `info` are of steps
                [P, 2, T, ...], segments [P, 2, ...] or pairs [P, ...]; a label that is there already is left out.
            frames: P pairs of [T, H, W, 3] uint8.
            states: P pairs of what `render` takes.
            render: states of one segment -> frames [T, H, W, 3] uint8.
            environment: where the segments were recorded.
            task: what the annotator is asked.
            model_version: of the policy or reward that chose these pairs.
            seed: of the recording.
            raters: how many people are to judge each pair.

        Returns:
            The ids of the queries, in the order of the pairs.

        Raises:
            BadBatch: if they are not [P, 2, T], hold NaN, or differ in columns from those in the file.
            BadOption: for frames that are no pictures, another number of them, states without `render`, raters < 1.
            BadStore: if the file cannot be written; whole pairs before that stay.
        """
        source = (task, environment, model_version, "" if seed is None else str(int(seed)))
        if states is not None:
            if frames is not None or render is None:
                raise BadOption("states", where="LabelStore.add", expected="frames, or states with render")
            frames = ([render(s) for s in pair] for pair in states)
        return adding.add(self, pairs, frames, source, raters)

    def next(self, annotator: str, *, besides: Collection[int] = (), fresh: bool = False) -> Query | None:
        """The next query for an annotator, leased to them; None if there is none for now.

        First what they hold and have not answered, then now and then a repeat, then the oldest that is open.

        Args:
            annotator: their name.
            besides: ids that they have on the screen already.
            fresh: leave out what they hold.
        """
        with self.together() as db:
            who = turns.annotator(db, annotator)
            return turns.choose(db, who, self._clock(), self.lease, self.repeats, besides, fresh)

    # -- labels --------------------------------------------------------------------------------------------------

    def answer(
        self, query: int, annotator: str, label: float | None, *, key: str, seconds: float | None = None
    ) -> None:
        """Write a judgement of a query that `next` gave to this annotator; once, however often the key is sent.

        Args:
            query: its id.
            annotator: their name.
            label: of the pair as it was shown: 1 if the left is better, 0 the right, 0.5 alike, None to skip.
            key: made anew for each answer, so that it may be sent again until it is acknowledged.
            seconds: how long they looked.

        Raises:
            NotHeld: if the query is not with this annotator.
            BadOption: for another label, a bad key or a key of another answer.
            BadStore: if it cannot be written; then it is not there.
        """
        check_label(label)
        check_key(key)
        if seconds is not None and not 0 <= seconds < 1e9:
            raise BadOption(f"seconds={seconds!r}", where="LabelStore.answer", expected="at least 0")
        with self.together() as db:
            turns.answer(db, turns.annotator(db, annotator), query, label, key, seconds, self.now())

    def undo(self, annotator: str, *, key: str | None = None) -> Query | None:
        """Take back the annotator's last answer: it stays as history, and the query is theirs again.

        Returns:
            The query to answer again; None if no answer is left.

        Args:
            annotator: their name.
            key: a second call with the same key undoes nothing more.
        """
        key = secrets.token_hex(16) if key is None else key
        check_key(key)
        with self.together() as db:
            who = turns.annotator(db, annotator)
            return turns.undo(db, who, key, self.now(), self._clock() + self.lease)

    # -- reading -------------------------------------------------------------------------------------------------

    def progress(self) -> tuple[int, int]:
        """Queries that are answered, and all."""
        done, total = self._database.read("SELECT done, queries FROM tally")[0]
        return done, total

    def touched(self, first: int) -> int:
        """How many queries from the id `first` on somebody has answered or skipped."""
        rows = self._database.read(
            f"SELECT count(DISTINCT query) FROM answer WHERE query >= ? AND repeat = 0 AND {LIVE}", (first,)
        )
        return int(rows[0][0])

    def statistics(self) -> dict[str, dict[str, Any]]:
        """Name -> labels, skips, repeats, agreement, median_seconds.

        Repeats count as labels too. Agreement is the share of repeats answered as before, None without any; the median
        is that of the last 1,000 answers.
        """
        return reading.statistics(self._database)

    def annotators(self) -> dict[int, str]:
        """Number -> name."""
        return dict(self._database.read("SELECT number, name FROM annotator ORDER BY number"))

    def labelled(self, since: int = 0, *, most: int | None = None) -> tuple[Transitions, int]:
        """What was labelled after the counter `since`, and the counter to go on from.

        Skips and what was undone are left out; repeats and contradictions are in, a row each.

        Args:
            since: 0, or what an earlier call returned.
            most: at most so many, the oldest; to read a large file in parts.

        Returns:
            Transitions [P, 2, T] with `info["mask"]` [P, 2, T] and per pair `info["label"]`, `"query"`, `"annotator"`,
            `"answer"`, `"repeat"` [P]; T is that of the longest segment. And the counter.
        """
        return reading.labelled(self._database, since, most)

    def withdrawn(self, since: int = 0) -> list[int]:
        """Numbers of answers up to the counter `since` that were undone after it: what a learner has read in vain."""
        rows = self._database.read(
            "SELECT number FROM answer WHERE undone > ? AND number <= ? ORDER BY number", (since, since)
        )
        return [n for (n,) in rows]

    def clip(self, number: int, tag: str) -> bytes | None:
        """The image of a clip (WebP); None if there is none of this number and tag."""
        rows = self._database.read("SELECT data FROM clip WHERE number = ? AND tag = ?", (number, tag))
        return bytes(rows[0][0]) if rows else None

    def segments(self, query: int) -> Transitions:
        """The pair of a query, [2, T] with `info["mask"]`.

        Raises:
            UnknownName: if there is no such query.
        """
        found = reading.pairs(self._database, [query])
        if not found:
            raise UnknownName(f"no query {query}", where=str(self.path))
        return reading.stacked(self._database, [found[query]]).rows(0)

    # -- files ---------------------------------------------------------------------------------------------------

    def export(self, path: str | Path, *, history: bool = False) -> int:
        """Write all labels as JSON lines, the file replaced whole or not at all; returns how many.

        Args:
            path: the file to replace.
            history: what was undone too, marked as such.

        Raises:
            BadStore: if it cannot be written; what stood there before still stands.
        """
        return exchange.export(self._database, Path(path), history)

    def import_(self, path: str | Path) -> tuple[int, int]:
        """Add labels that `export` wrote; returns how many were new, and how many were here already.

        Every line is checked before the first is added. A kill in the middle loses nothing: the same call goes on.

        Raises:
            BadBatch: with the number of the line that is wrong; nothing was added.
            BadStore: if the file cannot be read.
        """
        return exchange.import_(self, Path(path))

    # -- about ---------------------------------------------------------------------------------------------------

    def about(self, key: str, default: Callable[[], Any] | None = None) -> Any:
        """What is noted under `key` (JSON); if nothing is, that which `default` makes, noted from now on, or None."""
        rows = self._database.read("SELECT value FROM about WHERE key = ?", (key,))
        if not rows and default is not None:
            with self.together() as db:
                db.execute("INSERT OR IGNORE INTO about VALUES (?, ?)", (key, dumps(default())))
            rows = self._database.read("SELECT value FROM about WHERE key = ?", (key,))
        return json.loads(rows[0][0]) if rows else None

    def latest(self) -> tuple[str, str]:
        """Task and environment of the newest query; empty if there is none."""
        rows = self._database.read(
            """SELECT s.task, s.environment FROM query q JOIN source s ON s.number = q.source
            ORDER BY q.number DESC LIMIT 1"""
        )
        return rows[0] if rows else ("", "")

    @contextmanager
    def together(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction for all calls inside. A call that fails undoes itself alone.

        Args:
            durable: on the disk when it ends; else only out of this process, so that a kill cannot lose it but a power
                cut may: enough for leases.
        """
        if self._open is None:
            if durable != self._durable:
                self._database.read(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            with self._database.writing() as db:
                self._open = db
                try:
                    yield db
                finally:
                    self._open = None
            return
        db = self._open
        with self._database.told():
            db.execute("SAVEPOINT call")
            try:
                yield db
            except BaseException:
                if db.in_transaction:  # a full disk has rolled all of it back
                    db.execute("ROLLBACK TO call")
                    db.execute("RELEASE call")
                raise
            db.execute("RELEASE call")

    def now(self) -> str:
        """The caller's time, for people."""
        return datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")

    def again(self) -> "LabelStore":
        """The same file opened once more, for another thread."""
        return LabelStore(self.path, create=False, lease=self.lease, repeats=self.repeats, clock=self._clock)

    def blind(self) -> int:
        """How many open queries have no pictures: nobody is given them."""
        found = self._database.read("SELECT count(*) FROM query WHERE lacks > 0 AND first_clip IS NULL")
        return int(found[0][0])

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._database.close()

    def __enter__(self) -> "LabelStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def file_of(path: str | Path) -> Path:
    """The label file that a path means: itself, or the one in a folder."""
    path = Path(path)
    return path if path.suffix in (".sqlite", ".db") else path / FILE
