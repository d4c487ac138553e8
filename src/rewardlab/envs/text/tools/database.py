"""Tables of a task as a database of their own: rows in fresh bytes of SQLite, and nothing else in them."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, BadStore, nearest
from rewardlab.core.sandbox.jail.sql import LIMITS
from rewardlab.envs.text.tools.tool import shown

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""(names of the columns, rows)."""
TYPES = {int: "INTEGER", bool: "INTEGER", float: "REAL", str: "TEXT", bytes: "BLOB"}


@dataclass(frozen=True)
class Database:
    """Tables as SQLite keeps them, in bytes, and nothing else: made by `of` or `of_file`.

    Attributes:
        tables: name -> its columns, each a name and a type, "" for a mixed one.
        image: the bytes.
    """

    tables: Mapping[str, tuple[tuple[str, str], ...]]
    image: bytes = field(repr=False)

    @classmethod
    def of(cls, tables: Mapping[str, Table]) -> "Database":
        """A database of rows.

        Args:
            tables: name -> (columns, rows); cells are numbers, texts, bytes or None, NumPy's scalars too.

        Raises:
            BadOption: for no tables, a name that is none, a row of another length, a cell that SQLite cannot hold.
        """
        if not tables or len({name.lower() for name in tables}) < len(tables):
            raise BadOption(f"the tables {list(tables)!r}", where="Database", expected="some, with different names")
        columns: dict[str, tuple[tuple[str, str], ...]] = {}
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
            for name, (names, rows) in tables.items():
                kept = [tuple(x.item() if isinstance(x, np.generic) else x for x in row) for row in rows]
                columns[name] = _columns(name, names, kept)
                typed = ", ".join(f"{_quoted(column)} {kind}" for column, kind in columns[name])
                db.execute(f"CREATE TABLE {_quoted(name)} ({typed})")
                marks = ", ".join("?" * len(names))
                db.executemany(f"INSERT INTO {_quoted(name)} VALUES ({marks})", kept)
            return cls(columns, db.serialize())

    @classmethod
    def of_file(cls, path: str | Path, tables: Sequence[str]) -> "Database":
        """Copies of some tables of a file that you trust; nothing else of it is read.

        Raises:
            BadStore: if there is no such file, or it is no database.
            BadOption: if it has no such table.
        """
        where = Path(path)
        if not where.is_file():
            raise BadStore("no such file", where=str(where), expected="a database of SQLite")
        try:
            with contextlib.closing(sqlite3.connect(f"{where.resolve().as_uri()}?mode=ro", uri=True)) as db:
                known = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
                for name in tables:
                    if name not in known:
                        raise BadOption(f"table {name!r}", where=str(where), mend=nearest(name, known))
                return cls.of({name: _read(db, name) for name in tables})
        except sqlite3.DatabaseError as e:
            raise BadStore(str(e), where=str(where), expected="a database of SQLite") from None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.image).hexdigest()

    def described(self) -> str:
        """The tables in one line each: `town(name TEXT, people INTEGER)`."""
        lines = []
        for name, columns in self.tables.items():
            said = ", ".join(f"{_plain(column)} {kind}".strip() for column, kind in columns)
            lines.append(f"{_plain(name)}({said})")
        return "\n".join(lines)


def _columns(table: str, names: Sequence[str], rows: list[tuple[Any, ...]]) -> tuple[tuple[str, str], ...]:
    """(name, type) of the columns of a table, after a look at every cell."""
    where = f"table {table!r}"
    for name in (table, *names):
        if not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= 64) or name[:7].lower() == "sqlite_":
            raise BadOption(f"the name {name!r}", where=where, expected="1 to 64 printable characters, not sqlite_...")
    if not 0 < len(names) <= LIMITS["COLUMN"] or len({n.lower() for n in names}) < len(names):
        raise BadOption(f"the columns {list(names)!r}", where=where, expected=f"1 to {LIMITS['COLUMN']} different ones")
    found: list[set[str]] = [set() for _ in names]
    for row in rows:
        if len(row) != len(names):
            raise BadOption(f"a row of {len(row)} cells", where=where, expected=f"{len(names)} cells")
        for kinds, x in zip(found, row, strict=True):
            kind = _kind(x)
            if kind is None:
                raise BadOption(
                    f"the cell {shown(str(x), 40)!r}",
                    where=where,
                    expected="None, a number of 64 bits, or text or bytes of no great length",
                )
            kinds.add(kind)
    for kinds in found:
        kinds.discard("")
    return tuple((name, kinds.pop() if len(kinds) == 1 else "") for name, kinds in zip(names, found, strict=True))


def _kind(x: Any) -> str | None:
    """The type of a cell, "" for None, and None for what is no cell."""
    if isinstance(x, (str, bytes)):
        if len(x) > LIMITS["LENGTH"] // 4 or (isinstance(x, str) and not _is_text(x)):
            return None
    elif x is None:
        return ""
    elif isinstance(x, int) and not -(2**63) <= x < 2**63:
        return None
    return next((kind for python, kind in TYPES.items() if isinstance(x, python)), None)


def _is_text(x: str) -> bool:
    """Whether it can be written: no half of a pair stands alone."""
    try:
        x.encode()
    except UnicodeEncodeError:
        return False
    return True


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@cache
def _plain(name: str) -> str:
    """A name as it may stand in a query: in quotes, if it is a word of SQL or no word."""
    if not (name.isidentifier() and name.isascii()):
        return _quoted(name)
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        try:
            db.execute(f"CREATE TABLE {name} ({name})")
            return name
        except sqlite3.OperationalError:
            return _quoted(name)


def _read(db: sqlite3.Connection, name: str) -> Table:
    cursor = db.execute(f"SELECT * FROM {_quoted(name)}")
    return [d[0] for d in cursor.description], cursor.fetchall()
