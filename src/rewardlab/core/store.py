"""A store of jobs and results that survives kills; and atomic writes."""

import json
import sqlite3
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardlab.core.database import Database
from rewardlab.core.errors import BadOption, BadStore
from rewardlab.core.files import cannot_write as cannot_write
from rewardlab.core.files import write_atomic as write_atomic
from rewardlab.core.owner import is_alive, owner_name

STORE_FORMAT = 1
_MARK = 0x72776C62  # "rwlb"
_TABLES = (
    "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE owner (name TEXT PRIMARY KEY, beat INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    """CREATE TABLE job (number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'quarantined')),
        tries INTEGER NOT NULL DEFAULT 0, owner TEXT, log TEXT NOT NULL DEFAULT '')""",
    "CREATE TABLE result (key TEXT PRIMARY KEY REFERENCES job (key), data TEXT NOT NULL)",
    "CREATE INDEX job_state ON job (state, tries, number)",
)


@dataclass(frozen=True)
class Job:
    """A job as the store holds it.

    Attributes:
        spec: its specification.
        state: "waiting", "running", "done" or "quarantined".
        tries: how often it failed.
        log: what the last failed try left.
    """

    spec: Any
    state: str
    tries: int
    log: str


class Store:
    """Jobs and their results in one SQLite file that several processes may use at once.

    A job is waiting, running, done or quarantined. A result is written in the transaction that makes its job done, and
    a committed transaction is on the disk (WAL, synchronous=FULL). Order is that of counters; no clock is read. One
    object serves one process; others open the file for themselves.

    Args:
        path: the file.
        create: make file and folder if they are not there.

    Raises:
        BadStore: if the file is missing, damaged, not a store, of a newer format, or cannot be written.
    """

    def __init__(self, path: str | Path, *, create: bool = True) -> None:
        self.path = Path(path)
        self.owner = owner_name()
        self._seen: dict[str, tuple[int, float]] = {}  # beats of owners whose process cannot be asked
        if not create and not self.path.is_file():
            raise BadStore("no results here", where=str(self.path), mend="run a suite into this folder first")
        self._database = Database(self.path, _TABLES, mark=_MARK, version=STORE_FORMAT, create=create)
        self._writing = self._database.writing

    # -- jobs ----------------------------------------------------------------------------------------------------

    def add(self, jobs: Mapping[str, Any]) -> int:
        """Add jobs, key -> specification (JSON); those already there stay as they are. Returns how many were new."""
        with self._writing() as db:
            before = db.total_changes
            db.executemany(
                "INSERT OR IGNORE INTO job (key, spec) VALUES (?, ?)", [(k, dumps(s)) for k, s in jobs.items()]
            )
            return db.total_changes - before

    def claim(self, among: Collection[str] | None = None) -> tuple[str, Any] | None:
        """Take one waiting job, the least tried and oldest first: (key, specification), or None if none waits.

        Args:
            among: keys to choose from; None for all.
        """
        which, keys = _among(among)
        with self._writing() as db:
            row = db.execute(
                f"SELECT key, spec FROM job WHERE state = 'waiting'{which} ORDER BY tries, number LIMIT 1", keys
            ).fetchone()
            if row is None:
                return None
            db.execute("INSERT OR IGNORE INTO owner (name) VALUES (?)", (self.owner,))
            db.execute("UPDATE job SET state = 'running', owner = ? WHERE key = ?", (self.owner, row[0]))
        return row[0], json.loads(row[1])

    def finish(self, key: str, data: Any) -> None:
        """Write the result (JSON) of a job that this process claimed.

        Raises:
            BadOption: if it is not this process's job; nothing is written.
        """
        text = dumps(data)
        with self._writing() as db:
            self._mine(db, key)
            db.execute("INSERT INTO result (key, data) VALUES (?, ?)", (key, text))
            db.execute("UPDATE job SET state = 'done', owner = NULL, log = '' WHERE key = ?", (key,))

    def fail(self, key: str, log: str, *, tries: int = 3) -> bool:
        """Count a failed try of a claimed job and keep its log; the last of `tries` puts it in quarantine (True)."""
        with self._writing() as db:
            self._mine(db, key)
            count = 1 + db.execute("SELECT tries FROM job WHERE key = ?", (key,)).fetchone()[0]
            state = "quarantined" if count >= tries else "waiting"
            db.execute(
                "UPDATE job SET state = ?, owner = NULL, tries = ?, log = ? WHERE key = ?", (state, count, log, key)
            )
        return count >= tries

    def release(self) -> int:
        """Give back all jobs that this process holds, without counting a try; returns how many."""
        with self._writing() as db:
            return self._give_back(db, self.owner)

    def requeue(self, *, patience: float = 60.0) -> int:
        """Give back the jobs of owners that are dead; returns how many.

        An owner of this machine is asked for by process id and start time. Of one elsewhere only its beats are seen: it
        counts as dead when none came for `patience` seconds of this process's own watching.
        """
        rows = self._database.read(
            "SELECT DISTINCT j.owner, o.beat FROM job j JOIN owner o ON o.name = j.owner WHERE j.state = 'running'"
        )
        dead = []
        for name, beat in rows:
            alive = is_alive(name)
            if alive is None:
                last, since = self._seen.get(name, (-1, 0.0))
                if last != beat:
                    self._seen[name] = (beat, time.monotonic())
                alive = last != beat or time.monotonic() - since < patience
            if not alive:
                dead.append(name)
        if not dead:
            return 0
        with self._writing() as db:
            return sum(self._give_back(db, name) for name in dead)

    def beat(self) -> None:
        """Tell processes elsewhere that this one lives."""
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO owner (name) VALUES (?)", (self.owner,))
            db.execute("UPDATE owner SET beat = beat + 1 WHERE name = ?", (self.owner,))

    def pardon(self) -> int:
        """Let the quarantined jobs wait again with no tries counted; returns how many."""
        with self._writing() as db:
            return db.execute("UPDATE job SET state = 'waiting', tries = 0 WHERE state = 'quarantined'").rowcount

    # -- reading -------------------------------------------------------------------------------------------------

    def count(self, among: Collection[str] | None = None) -> dict[str, int]:
        """How many jobs, of all or `among` these keys, are waiting, running, done and quarantined."""
        which, keys = _among(among)
        rows = dict(self._database.read(f"SELECT state, count(*) FROM job WHERE true{which} GROUP BY state", keys))
        return {s: rows.get(s, 0) for s in ("waiting", "running", "done", "quarantined")}

    def jobs(self) -> dict[str, Job]:
        """Key -> job, in the order in which they were added."""
        rows = self._database.read("SELECT key, spec, state, tries, log FROM job ORDER BY number")
        return {key: Job(json.loads(spec), state, tries, log) for key, spec, state, tries, log in rows}

    def results(self) -> dict[str, Any]:
        """Key -> result, in the order in which the jobs were added: the same however often a run was stopped."""
        rows = self._database.read("SELECT r.key, r.data FROM result r JOIN job j ON j.key = r.key ORDER BY j.number")
        return {key: json.loads(data) for key, data in rows}

    def about(self) -> dict[str, Any]:
        """What is known of the whole: a suite's name, versions."""
        rows = self._database.read("SELECT key, value FROM about ORDER BY key")
        return {key: json.loads(value) for key, value in rows}

    def describe(self, about: Mapping[str, Any]) -> None:
        """Set entries of `about` (JSON)."""
        with self._writing() as db:
            db.executemany(
                "INSERT INTO about VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [(k, dumps(v)) for k, v in about.items()],
            )

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @staticmethod
    def _give_back(db: sqlite3.Connection, owner: str) -> int:
        return db.execute(
            "UPDATE job SET state = 'waiting', owner = NULL WHERE state = 'running' AND owner = ?", (owner,)
        ).rowcount

    def _mine(self, db: sqlite3.Connection, key: str) -> None:
        row = db.execute("SELECT state, owner FROM job WHERE key = ?", (key,)).fetchone()
        if row != ("running", self.owner):
            raise BadOption(
                f"job {key!r} is {row[0] if row else 'unknown'} and not claimed by this process",
                where=str(self.path),
                expected="a job that claim() gave",
            )


def _among(keys: Collection[str] | None) -> tuple[str, tuple[str, ...]]:
    """The rest of a condition, and its value."""
    if keys is None:
        return "", ()
    return " AND key IN (SELECT value FROM json_each(?))", (json.dumps(sorted(keys)),)


def dumps(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces; equal values give equal text.

    Raises:
        BadOption: for a value that JSON does not know.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError) as e:
        raise BadOption(str(e), where="a result or specification", expected="JSON values") from None
