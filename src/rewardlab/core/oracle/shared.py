"""One SQLite file for all threads of a process, opened when it is first used and anew after a fork."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rewardlab.core.database import Database


class Shared:
    """A `Database` that threads share; a copy, or a child of this process, opens the file for itself.

    Args:
        path: the file.
        tables: SQL that makes the tables of a new file.
        mark: SQLite's application_id of such files.
        version: the newest format that is known.
        kind: what such a file is called in messages.
    """

    def __init__(self, path: str | Path, tables: Sequence[str], *, mark: int, version: int, kind: str) -> None:
        self.path = Path(path)
        self._how: dict[str, Any] = {"tables": tables, "mark": mark, "version": version, "kind": kind}
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._database: Database | None = None

    def _opened(self) -> Database:
        if self._pid != os.getpid():  # a connection must not cross a fork; the parent still uses it
            self._left = self._database  # kept: to close it here would let the parent's locks go
            self._forget()
        with self._lock:
            if self._database is None:
                self._database = Database(self.path, **self._how, checked=1 << 26, shared=True)
            return self._database

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """One transaction; when the block ends without an error it is on the disk."""
        with self._opened().writing() as db:
            yield db

    def read(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        """The rows of a query."""
        return self._opened().read(query, values)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._database is not None and self._pid == os.getpid():
                self._database.close()
            self._database = None

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_how": self._how}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()
