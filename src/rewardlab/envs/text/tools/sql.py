"""SQL for a text agent: queries on tables of the task, read only, in a process of their own.

Only the visible tables are in that process, as a database that was written anew for it: what is hidden is not there to
be found. Inside, SQLite allows one SELECT at a time, in bounded time, memory and output.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from rewardlab.core.errors import BadOption, BadStore, nearest
from rewardlab.core.sandbox.jail.frames import clean
from rewardlab.core.sandbox.jail.limits import Bounds
from rewardlab.core.sandbox.jail.session import Ended, Sandbox
from rewardlab.core.sandbox.jail.session import Session as Jail
from rewardlab.core.sandbox.jail.sql import HEAP, LIMITS, NO_TABLE
from rewardlab.envs.text.tools.live import Live
from rewardlab.envs.text.tools.settings import check
from rewardlab.envs.text.tools.tool import Session, Tool, ToolError, shown

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""(names of the columns, rows)."""

GRACE = 0.25  # seconds after which a query that SQLite cannot stop ends with its process
MIB = 1 << 20
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
            tables: name -> (columns, rows); cells are numbers, texts, bytes or None.

        Raises:
            BadOption: for a name that is none, a row of another length, or a cell that SQLite cannot hold.
        """
        columns: dict[str, tuple[tuple[str, str], ...]] = {}
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
            for name, (names, rows) in tables.items():
                kept = [tuple(row) for row in rows]
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


def _itself(data: Any) -> Database:
    return data


@dataclass
class SQL(Tool):
    """Ask the database with one SELECT of SQLite; the rows come back as a table.

    It has no memory: no query changes anything, and equal queries have equal answers.

    Args:
        database: what of the task's data is the `Database`; by default the data is one.
        seconds: of one query.
        rows: that are shown of one answer.
        cell: characters that are shown of one cell.
        output: characters of one answer.
        live: processes that are kept open, one for each database.
        sandbox: "none" runs without the kernel's walls; SQLite's own stay.

    Raises:
        BadOption: for a limit that is not positive, and for another word for the walls.
    """

    database: Callable[[Any], Database] = _itself
    seconds: float = 1.0
    rows: int = 50
    cell: int = 200
    output: int = 3000
    live: int = 8
    sandbox: Sandbox = "jail"
    _open: Live[Jail] = field(init=False, repr=False)

    name = "sql"

    def __post_init__(self) -> None:
        check(self, "seconds", "rows", "cell", "output")
        self._open = Live(self.live)

    def use(self, session: Session, query: str) -> str:
        """The rows, or what is wrong with the query.

        Args:
            query: one statement that begins with SELECT, WITH or VALUES
        """
        held = self.database(session.data)
        jail = self._open.take(held.digest) or self._opened(held)
        asked = {"query": query, "rows": self.rows, "cell": self.cell, "output": self.output, "seconds": self.seconds}
        try:
            reply, _ = jail.ask(asked)
        except Ended as e:
            raise ToolError("the query took too long" if e.kind == "late" else f"the query failed: {e.why}") from None
        self._open.put(held.digest, jail)
        text = clean(reply.get("text"), self.output)
        if reply.get("ok") is True:
            return f"{text}\n(more than is shown)" if reply.get("cut") is True else text
        known = f"; there is {' and '.join(held.described().splitlines())}" if NO_TABLE in text else ""
        raise ToolError(text + known)

    def close(self) -> None:
        self._open.close()

    def _opened(self, held: Database) -> Jail:
        bounds = Bounds(
            seconds=self.seconds + GRACE, memory=HEAP + 4 * len(held.image) + 128 * MIB, output=self.output, reply=1
        )
        jail = Jail("sql", bounds=bounds, sandbox=self.sandbox)
        try:
            reply, _ = jail.ask({"tables": list(held.tables)}, held.image, seconds=10.0)
        except Ended as e:
            raise ToolError(f"the database cannot be opened: {e.why}") from None
        if reply.get("ok") is not True:
            jail.close()
            raise ToolError("the database cannot be opened")
        return jail


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
            fits = len(x) * 4 < LIMITS["LENGTH"] if isinstance(x, (str, bytes)) else type(x) in TYPES or x is None
            if not fits or (isinstance(x, int) and not -(2**63) <= x < 2**63):
                raise BadOption(
                    f"the cell {shown(str(x), 40)!r}",
                    where=where,
                    expected="None, a number of 64 bits, or text or bytes of no great length",
                )
            if x is not None:
                kinds.add(TYPES[type(x)])
    return tuple((name, kinds.pop() if len(kinds) == 1 else "") for name, kinds in zip(names, found, strict=True))


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
