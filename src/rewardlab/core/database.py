"""One SQLite file that several processes may write: opened, checked, and its errors said in our words."""

import errno
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rewardlab.core.errors import BadStore
from rewardlab.core.files import cannot_write

_HEAD = b"SQLite format 3\0"


class Database:
    """A connection with write-ahead log and full synchronisation: what was committed is on the disk.

    Args:
        path: the file.
        tables: SQL that makes the tables of a new file.
        mark: SQLite's application_id of our files.
        version: the newest format that is known, SQLite's user_version.
        create: make file and folder if they are not there.
        checked: the largest file, in bytes, that is read through for damage when it is opened.
        shared: let other threads of this process use the object too; they take turns.
        kind: what a file of ours is called in messages.

    Raises:
        BadStore: if the file is missing, damaged, not one of ours, of a newer format, or cannot be written.
    """

    def __init__(
        self,
        path: str | Path,
        tables: Sequence[str],
        *,
        mark: int,
        version: int,
        create: bool = True,
        checked: float = float("inf"),
        shared: bool = False,
        kind: str = "a result store of rewardlab",
    ) -> None:
        self.path = Path(path)
        self._checked, self._kind = checked, kind
        self._turn = threading.RLock()
        if not create and not self.path.is_file():
            raise BadStore("no such file", where=str(self.path), expected=kind)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise cannot_write(self.path, e) from e
        with self.told():
            if _begins(self.path) not in (b"", _HEAD):  # SQLite would take a very short file for an empty one
                raise sqlite3.DatabaseError("file is not a database")
            self._db = sqlite3.connect(self.path, timeout=30.0, isolation_level=None, check_same_thread=not shared)
        try:
            self._begin(tables, mark, version)
        except BaseException:
            self._db.close()
            raise

    def _begin(self, tables: Sequence[str], ours: int, newest: int) -> None:
        """Check whose file this is, and make the tables if it is new."""
        with self.told():
            self._db.execute("BEGIN")  # one moment: another process may be making the tables
            held = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            mark = self._db.execute("PRAGMA application_id").fetchone()[0]
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            self._db.execute("COMMIT")
        if mark not in (0, ours) or (mark == 0 and held):
            raise self._bad("a database of another program", self._kind, "choose another folder")
        if version > newest:
            raise self._bad(
                f"format {version}, newer than this rewardlab", f"format {newest} or older", "update rewardlab"
            )
        with self.told():
            self._into_wal()
            self._db.execute("PRAGMA synchronous=FULL")
            if self.path.stat().st_size <= self._checked:
                verdict = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
                if verdict != "ok":
                    raise sqlite3.DatabaseError(verdict)
        if version < newest:
            with self.writing() as db:
                if db.execute("PRAGMA user_version").fetchone()[0] == 0:  # or another process was quicker
                    for statement in tables:
                        db.execute(statement)
                    db.execute(f"PRAGMA application_id={ours}")
                    db.execute(f"PRAGMA user_version={newest}")

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

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that takes the write lock first, so that the busy timeout covers all of it."""
        with self._turn, self.told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk has rolled it back already
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def told(self) -> Iterator[None]:
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
                f"damaged, or no database ({' '.join(str(e).split())})",
                self._kind,
                "move the file away and run the same command again, or choose another folder",
            ) from e

    def read(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        """The rows of a query with these values for its question marks, as they are at one moment."""
        with self._turn, self.told():
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._db.close()

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
