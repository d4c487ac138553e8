"""Role `sql`: queries on a database that was sent along, read only, and nothing beside it.

The process is shut in; inside it SQLite shuts the query in once more: one statement that selects, from the tables that
are named, with the functions that are listed, in bounded time and memory. There is no clock and no chance here, so a
query has the same rows whenever it is asked.
"""

import contextlib
import re
import sqlite3
import time
from collections.abc import Callable
from typing import Any

NAMES = """
    abs avg ceil ceiling char coalesce concat concat_ws count cume_dist date datetime degrees dense_rank exp
    first_value floor format glob group_concat hex ifnull iif instr julianday lag last_value lead length like ln log
    log10 log2 lower ltrim max min mod nth_value ntile nullif octet_length percent_rank pi pow power printf quote
    radians rank replace round row_number rtrim sign sqrt strftime string_agg substr substring sum time total trim
    trunc typeof unicode unixepoch upper
"""
FUNCTIONS = frozenset(NAMES.split())
"""What a query may call: what neither makes much of little, nor knows the time, the machine, or a file."""
CLOCKS = ("date", "time", "datetime", "julianday", "unixepoch", "strftime")
TODAY = {"now", "localtime", "utc", "subsec", "subsecond"}
LIMITS = {
    "LENGTH": 200_000,
    "SQL_LENGTH": 20_000,
    "COLUMN": 64,
    "EXPR_DEPTH": 60,
    "COMPOUND_SELECT": 30,
    "VDBE_OP": 100_000,
    "FUNCTION_ARG": 32,
    "ATTACHED": 0,
    "LIKE_PATTERN_LENGTH": 50,
    "VARIABLE_NUMBER": 10,
    "TRIGGER_DEPTH": 1,
    "WORKER_THREADS": 0,
}
HEAP = 48 << 20  # bytes that SQLite may take beside the database
TICK = 2000  # instructions between two looks at the clock
_SKIPPED = r"(?>\s|;|--[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z))*+"  # blanks and comments; never looked at twice
_BEGINNING = re.compile(_SKIPPED + r"(?:select|with|values)\b", re.IGNORECASE | re.DOTALL)
NO_TABLE = "no such table, or not allowed"  # the same for what is hidden, what is missing, and what is no reading
UNREADABLE = "only one statement is allowed, and it must begin with SELECT, WITH or VALUES"


class Refused(Exception):
    """A query that is not answered; its text says why."""


class Sql:
    """Opens a database, then answers queries on it."""

    def __init__(self) -> None:
        self.database: sqlite3.Connection | None = None
        self.end = float("inf")

    def __call__(self, message: dict[str, Any], block: bytearray) -> tuple[dict[str, Any], bytes]:
        """{"tables"} and an image -> {"ok"}; {"query", "seconds", "rows", "cell", "output"} -> {"ok", "text"}."""
        try:
            if "tables" in message:
                self.database = opened(bytes(block), message["tables"], self.late)
                return {"ok": True, "text": ""}, b""
            self.end = time.monotonic() + message["seconds"]
            assert self.database is not None
            text = table(self.database, message["query"], rows=message["rows"], cell=message["cell"])
            return {"ok": True, "text": text[: message["output"]], "cut": len(text) > message["output"]}, b""
        except MemoryError:
            return {"ok": False, "text": "the query needs too much memory"}, b""
        except (Refused, sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as e:
            return {"ok": False, "text": told(e)[:600]}, b""

    def late(self) -> bool:
        """Whether the time of the query is over."""
        return time.monotonic() > self.end


def opened(image: bytes, tables: list[str], late: Callable[[], bool]) -> sqlite3.Connection:
    """A database in memory that can be asked for the rows of `tables`, and for nothing else, until `late`.

    Args:
        image: as `sqlite3.Connection.serialize` gives it.
        tables: those that may be read.
        late: called now and then while a query runs; true ends it.
    """
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.deserialize(image)
    for word in (
        "trusted_schema=off",
        "temp_store=memory",
        "cell_size_check=on",
        f"hard_heap_limit={HEAP + len(image)}",
    ):
        db.execute(f"PRAGMA {word}").fetchall()
    visible = frozenset(name.lower() for name in tables)
    others = {
        name.lower()
        for (name,) in db.execute("SELECT name FROM pragma_module_list UNION SELECT name FROM sqlite_master")
    }
    _stop_clocks(db)
    db.execute("PRAGMA query_only=on")
    for name, most in LIMITS.items():
        db.setlimit(getattr(sqlite3, f"SQLITE_LIMIT_{name}"), most)
    if hasattr(db, "setconfig"):  # Python 3.12
        for switch, on in (("DEFENSIVE", True), ("ENABLE_TRIGGER", False), ("ENABLE_VIEW", False)):
            db.setconfig(getattr(sqlite3, f"SQLITE_DBCONFIG_{switch}"), on)
    db.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
    db.set_authorizer(_guard(visible, others - visible))
    db.set_progress_handler(late, TICK)
    return db


def _guard(tables: frozenset[str], others: set[str]) -> Callable[..., int]:
    def may(action: int, one: str | None, two: str | None, database: str | None, inner: str | None) -> int:
        name = (one or "").lower()
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and name in tables and database == "main":
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and database is None:
            # A subquery or a name that WITH defines; or a table of which no column is used, named without its database.
            hidden = name.startswith(("sqlite_", "pragma_")) or name in others
            return sqlite3.SQLITE_DENY if hidden else sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and (two or "").lower() in FUNCTIONS:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    return may


def _stop_clocks(db: sqlite3.Connection) -> None:
    """Functions of dates compute with the dates that they are given, and do not know today's."""
    inner = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    def stopped(name: str, least: int) -> Callable[..., Any]:
        def compute(*given: Any) -> Any:
            words = [
                (a if isinstance(a, str) else bytes(a).decode("latin1")) for a in given if isinstance(a, (str, bytes))
            ]
            if len(given) < least or any(w.partition("\0")[0].lower() in TODAY for w in words):
                raise Refused("the time of day is not known here")
            return inner.execute(f"SELECT {name}({','.join('?' * len(given))})", given).fetchone()[0]

        return compute

    for name in CLOCKS:
        db.create_function(name, -1, stopped(name, 1 + (name == "strftime")), deterministic=True)


def table(db: sqlite3.Connection, query: str, *, rows: int, cell: int) -> str:
    """The rows of a query as text: a line of names, one line a row, cells between bars; at most `rows` of them.

    Raises:
        Refused: for what is no single query.
        sqlite3.Error, sqlite3.Warning, ValueError: from SQLite; `told` says them.
    """
    if len(query) > LIMITS["SQL_LENGTH"]:
        raise Refused(f"the query has {len(query)} characters; at most {LIMITS['SQL_LENGTH']} are allowed")
    if "\0" in query or not _BEGINNING.match(query):
        raise Refused(UNREADABLE)
    with contextlib.closing(db.execute(query)) as cursor:
        if cursor.description is None:
            raise Refused(UNREADABLE)
        lines = [" | ".join(_cell(d[0], cell) for d in cursor.description)]
        for row in cursor:
            if len(lines) > rows:
                return "\n".join([*lines, f"(the first {rows} rows; there are more)"])
            lines.append(" | ".join(_cell(x, cell) for x in row))
    count = len(lines) - 1
    return "\n".join([*lines, f"({count} row{'' if count == 1 else 's'})"])


def _cell(x: Any, most: int) -> str:
    if isinstance(x, bytes):
        text = f"x'{x[: most + 1].hex()}'"
    else:
        text = "NULL" if x is None else x[: most + 1].replace("\n", "\\n") if isinstance(x, str) else repr(x)
    return text if len(text) <= most else f"{text[:most]}..."


def told(error: Exception) -> str:
    """An error in words that do not tell what is hidden from what is not there."""
    text = str(error)
    low = text.lower()
    function = re.search(r"function: (\w{1,60})", text)
    if function and ("no such" in low or "not authorized" in low):
        return f"no such function: {function[1]}"
    words = ("not authorized", "prohibited", "no such table", "no such module", "vtable constructor", "may not be used")
    if any(w in low for w in words):
        return NO_TABLE
    if "interrupted" in low:
        return "the query took too long"
    if "out of memory" in low:
        return "the query needs too much memory"
    if "user-defined function" in low:
        return "the time of day is not known here"
    if "one statement" in low:
        return UNREADABLE
    return text
