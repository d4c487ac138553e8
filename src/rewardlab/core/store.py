"""Files that survive a kill: atomic writes, and a store of jobs and results."""

import errno
import json
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardlab.core.errors import BadOption, BadStore
from rewardlab.core.owner import is_alive, owner_name

STORE_FORMAT = 1
_MARK = 0x72776C62  # "rwlb", SQLite's application_id
_HEAD = b"SQLite format 3\0"
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


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Replace a file whole or not at all: temporary name, fsync, rename, fsync of the folder.

    Raises:
        BadStore: if the folder cannot be written or the disk is full; what stood there before still stands.
    """
    path = Path(path)
    raw = data.encode() if isinstance(data, str) else data
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")  # mkstemp would hide the file from others
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as f:
            f.write(raw)
            f.flush()
            os.fsync(f.fileno())
        os.replace(temporary, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as e:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise cannot_write(path, e, needed=len(raw)) from e


def cannot_write(path: Path, error: OSError, *, needed: int = 0) -> BadStore:
    """The message for a failed write: what the system said, and how much room there is."""
    folder = next((p for p in [path.parent, *path.parents] if p.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return BadStore(
        f"cannot write: {error.strerror or error}",
        where=str(path),
        expected=f"{needed} bytes of room, {free} are free" if full else "a folder that can be written",
        mend="free some space and run the same command again" if full else "choose another folder, or mend its rights",
    )


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
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise cannot_write(self.path, e) from e
        with self._told():
            if _begins(self.path) not in (b"", _HEAD):  # SQLite would take a very short file for an empty one
                raise sqlite3.DatabaseError("file is not a database")
            self._db = sqlite3.connect(self.path, timeout=30.0, isolation_level=None)
        try:
            self._begin()
        except BaseException:
            self._db.close()
            raise

    def _begin(self) -> None:
        """Check whose file this is, and make the tables if it is new."""
        with self._told():
            mark = self._db.execute("PRAGMA application_id").fetchone()[0]
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if mark not in (0, _MARK) or (mark == 0 and tables):
            raise self._bad("a database of another program", "a result store of rewardlab", "choose another folder")
        if version > STORE_FORMAT:
            raise self._bad(
                f"format {version}, newer than this rewardlab", f"format {STORE_FORMAT} or older", "update rewardlab"
            )
        with self._told():
            self._into_wal()
            self._db.execute("PRAGMA synchronous=FULL")
            verdict = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
        if version < STORE_FORMAT:
            with self._writing() as db:
                if db.execute("PRAGMA user_version").fetchone()[0] == 0:  # or another process was quicker
                    for statement in _TABLES:
                        db.execute(statement)
                    db.execute(f"PRAGMA application_id={_MARK}")
                    db.execute(f"PRAGMA user_version={STORE_FORMAT}")

    def _into_wal(self) -> None:
        """Turn the write-ahead log on; SQLite's busy timeout does not cover this step."""
        deadline = time.monotonic() + 30.0
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as e:
                if e.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    # -- jobs ----------------------------------------------------------------------------------------------------

    def add(self, jobs: Mapping[str, Any]) -> int:
        """Add jobs, key -> specification (JSON); those already there stay as they are. Returns how many were new."""
        with self._writing() as db:
            before = db.total_changes
            db.executemany(
                "INSERT OR IGNORE INTO job (key, spec) VALUES (?, ?)", [(k, dumps(s)) for k, s in jobs.items()]
            )
            return db.total_changes - before

    def claim(self) -> tuple[str, Any] | None:
        """Take one waiting job, the least tried and oldest first: (key, specification), or None if none waits."""
        with self._writing() as db:
            row = db.execute(
                "SELECT key, spec FROM job WHERE state = 'waiting' ORDER BY tries, number LIMIT 1"
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
        with self._told():
            rows = self._db.execute(
                "SELECT DISTINCT j.owner, o.beat FROM job j JOIN owner o ON o.name = j.owner WHERE j.state = 'running'"
            ).fetchall()
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

    def count(self) -> dict[str, int]:
        """How many jobs are waiting, running, done and quarantined."""
        with self._told():
            rows = dict(self._db.execute("SELECT state, count(*) FROM job GROUP BY state").fetchall())
        return {s: rows.get(s, 0) for s in ("waiting", "running", "done", "quarantined")}

    def jobs(self) -> dict[str, Job]:
        """Key -> job, in the order in which they were added."""
        with self._told():
            rows = self._db.execute("SELECT key, spec, state, tries, log FROM job ORDER BY number").fetchall()
        return {key: Job(json.loads(spec), state, tries, log) for key, spec, state, tries, log in rows}

    def results(self) -> dict[str, Any]:
        """Key -> result, in the order in which the jobs were added: the same however often a run was stopped."""
        with self._told():
            rows = self._db.execute(
                "SELECT r.key, r.data FROM result r JOIN job j ON j.key = r.key ORDER BY j.number"
            ).fetchall()
        return {key: json.loads(data) for key, data in rows}

    def about(self) -> dict[str, Any]:
        """What is known of the whole: a suite's name, versions."""
        with self._told():
            rows = self._db.execute("SELECT key, value FROM about ORDER BY key").fetchall()
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
        self._db.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- the border to SQLite ------------------------------------------------------------------------------------

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

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that takes the write lock first, so that the busy timeout covers all of it."""
        with self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk has rolled it back already
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as e:
            code = getattr(e, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                number = errno.ENOSPC if code == sqlite3.SQLITE_FULL else errno.EIO
                raise cannot_write(self.path, OSError(number, str(e)), needed=1 << 20) from e
            if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
                raise cannot_write(self.path, OSError(errno.EACCES, str(e))) from e
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise self._bad(
                    "another process held the file for 30 seconds", "short transactions", "see who uses it"
                ) from e
            raise self._bad(
                f"damaged, or no database ({e})",
                "a result store of rewardlab",
                "move the file away and run the same command again, or choose another folder",
            ) from e

    def _bad(self, what: str, expected: str, mend: str) -> BadStore:
        return BadStore(what, where=str(self.path), expected=expected, mend=mend)


def _begins(path: Path) -> bytes:
    """The first bytes of a file, b"" if there is none."""
    try:
        with path.open("rb") as f:
            return f.read(len(_HEAD))
    except FileNotFoundError:
        return b""
    except OSError as e:
        raise cannot_write(path, e) from e


def dumps(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces; equal values give equal text.

    Raises:
        BadOption: for a value that JSON does not know.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError) as e:
        raise BadOption(str(e), where="a result or specification", expected="JSON values") from None
