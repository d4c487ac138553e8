"""SQL for a text agent: queries on tables of the task, read only, in a process of their own.

Only the visible tables are in that process, as a database that was written anew for it: what is hidden is not there to
be found. Inside, SQLite allows one SELECT at a time, in bounded time, memory and output.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rewardlab.core.sandbox.jail.frames import clean
from rewardlab.core.sandbox.jail.limits import MIB, Bounds
from rewardlab.core.sandbox.jail.session import Ended, Sandbox
from rewardlab.core.sandbox.jail.session import Session as Jail
from rewardlab.core.sandbox.jail.sql import HEAP, NO_TABLE
from rewardlab.envs.text.tools.database import Database
from rewardlab.envs.text.tools.live import Live
from rewardlab.envs.text.tools.settings import check
from rewardlab.envs.text.tools.tool import Session, Tool, ToolError

GRACE = 0.25  # seconds after which a query that SQLite cannot stop ends with its process


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
    live: int = 16
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
