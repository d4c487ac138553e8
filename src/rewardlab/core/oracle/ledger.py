"""What calls have cost, and a cap that holds: over threads, over processes, over restarts.

    spent + upper bound of the next call  ≤  limit        before every call

The bound of a call is taken before it is sent, and replaced by what the server counted once it has answered. A call
whose process died, or whose answer gave no believable count, stays at its bound. So the cap is never passed, as long as
the server keeps to `max_tokens` and the prices are right.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardlab.core.errors import BadOption, BudgetSpent
from rewardlab.core.oracle.shared import Shared

LEDGER_FORMAT = 1
_MARK = 0x72776C6C  # "rwll"
_NANO = 10**9  # money is counted in whole billionths: sums have no rounding
_TABLES = (
    """CREATE TABLE call (number INTEGER PRIMARY KEY AUTOINCREMENT, about TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'bound', 'free')),
        tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, nano INTEGER NOT NULL)""",
    """CREATE TABLE total (one INTEGER PRIMARY KEY CHECK (one = 1), calls INTEGER NOT NULL,
        tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, nano INTEGER NOT NULL)""",
    "INSERT INTO total VALUES (1, 0, 0, 0, 0)",
)


@dataclass(frozen=True)
class Spent:
    """What a ledger holds, open calls at their bounds.

    Attributes:
        cost: in the currency of the prices.
        tokens_in: tokens of prompts.
        tokens_out: tokens of answers.
        calls: requests that were sent, those that failed too.
    """

    cost: float
    tokens_in: int
    tokens_out: int
    calls: int

    @property
    def tokens(self) -> int:
        """Tokens of prompts and answers."""
        return self.tokens_in + self.tokens_out


class Ledger:
    """A file of calls and what they cost, with limits.

    What was spent stands in the file; limits and prices are this object's. Several processes may hold the same file.

    Args:
        path: the SQLite file; made if it is not there.
        limit_cost: the most that all calls of the file may cost; None for no limit.
        limit_tokens: the most tokens, prompts and answers together.
        limit_calls: the most requests, retries included.
        price_in: price of a million tokens of prompts.
        price_out: price of a million tokens of answers.

    Raises:
        BadOption: for a limit or price below 0 or not finite, or a limit of cost without a price.
        BadStore: if the file cannot be used.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        limit_cost: float | None = None,
        limit_tokens: int | None = None,
        limit_calls: int | None = None,
        price_in: float = 0.0,
        price_out: float = 0.0,
    ) -> None:
        given = {
            "limit_cost": limit_cost,
            "limit_tokens": limit_tokens,
            "limit_calls": limit_calls,
            "price_in": price_in,
            "price_out": price_out,
        }
        for name, value in given.items():
            if value is not None and not 0 <= value < 1e15:
                raise BadOption(f"{name} {value!r}", where="Ledger", expected="a number that is not negative")
        if limit_cost is not None and not price_in + price_out > 0:
            raise BadOption(
                "limit_cost without a price",
                where="Ledger",
                expected="price_in and price_out, per million tokens",
                mend="give the prices of the model, or use limit_tokens",
            )
        self.limit_cost, self.limit_tokens, self.limit_calls = limit_cost, limit_tokens, limit_calls
        self.price_in, self.price_out = price_in, price_out
        self._file = Shared(path, _TABLES, mark=_MARK, version=LEDGER_FORMAT, kind="a ledger of rewardlab")
        self._file.read("SELECT 1")  # a file that cannot be used is told now

    def reserve(self, tokens_in: int, tokens_out: int, *, about: str = "") -> int:
        """Take the upper bound of one call, before it is sent; returns its number.

        Raises:
            BudgetSpent: if the call could pass a limit; nothing was taken.
        """
        nano = self._nano(tokens_in, tokens_out)
        with self._file.writing() as db:
            calls, old_in, old_out, old_nano = db.execute(
                "SELECT calls, tokens_in, tokens_out, nano FROM total"
            ).fetchone()
            old = Spent(old_nano / _NANO, old_in, old_out, calls)
            if self.limit_cost is not None and old_nano + nano > int(self.limit_cost * _NANO):
                raise self._spent(f"{old.cost:.6g} of {self.limit_cost:.6g} spent", f"cost {nano / _NANO:.6g}")
            if self.limit_tokens is not None and old.tokens + tokens_in + tokens_out > self.limit_tokens:
                left = f"{old.tokens} of {self.limit_tokens} tokens spent"
                raise self._spent(left, f"take {tokens_in + tokens_out} tokens")
            if self.limit_calls is not None and calls + 1 > self.limit_calls:
                raise self._spent(f"{calls} of {self.limit_calls} calls made", "be one more")
            row = db.execute(
                "INSERT INTO call (about, state, tokens_in, tokens_out, nano) VALUES (?, 'open', ?, ?, ?)",
                (about, tokens_in, tokens_out, nano),
            )
            self._add(db, 1, tokens_in, tokens_out, nano)
            return int(row.lastrowid)

    def settle(self, number: int, usage: tuple[int, int] | None) -> float:
        """Replace the bound of a call by what was counted, if that can be believed; returns what it cost.

        `usage` is (prompt, answer) tokens. None, and counts that are absurd (negative, zero prompt, above the bound),
        leave the bound. A call is settled once; later counts change nothing.
        """
        with self._file.writing() as db:
            state, most_in, most_out, bound = self._call(db, number)
            if state != "open":
                return bound / _NANO
            if usage is None or not (0 < usage[0] <= most_in and 0 <= usage[1] <= most_out):
                db.execute("UPDATE call SET state = 'bound' WHERE number = ?", (number,))
                return bound / _NANO
            nano = self._nano(*usage)
            if nano > bound:  # this object has other prices than the one that reserved
                nano = bound
            self._become(db, number, "settled", (*usage, nano), (most_in, most_out, bound))
            return nano / _NANO

    def release(self, number: int) -> None:
        """Give the bound of a call back that was surely not billed; it still counts as a call."""
        with self._file.writing() as db:
            state, *bound = self._call(db, number)
            if state == "open":
                self._become(db, number, "free", (0, 0, 0), (bound[0], bound[1], bound[2]))

    def spent(self) -> Spent:
        """All that was spent and is reserved, as the file has it now."""
        ((nano, tokens_in, tokens_out, calls),) = self._file.read(
            "SELECT nano, tokens_in, tokens_out, calls FROM total"
        )
        return Spent(nano / _NANO, tokens_in, tokens_out, calls)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def _nano(self, tokens_in: int, tokens_out: int) -> int:
        """What so many tokens cost in billionths, rounded up."""
        # prices in billionths per million tokens are whole numbers down to 1e-9; -(-a // b) rounds up
        price_in, price_out = round(self.price_in * _NANO), round(self.price_out * _NANO)
        return -(-(tokens_in * price_in + tokens_out * price_out) // 10**6)

    @staticmethod
    def _add(db: Any, calls: int, tokens_in: int, tokens_out: int, nano: int) -> None:
        db.execute(
            "UPDATE total SET calls = calls + ?, tokens_in = tokens_in + ?, "
            "tokens_out = tokens_out + ?, nano = nano + ?",
            (calls, tokens_in, tokens_out, nano),
        )

    def _become(
        self, db: Any, number: int, state: str, now: tuple[int, int, int], before: tuple[int, int, int]
    ) -> None:
        db.execute(
            "UPDATE call SET state = ?, tokens_in = ?, tokens_out = ?, nano = ? WHERE number = ?",
            (state, *now, number),
        )
        self._add(db, 0, *(a - b for a, b in zip(now, before, strict=True)))

    def _call(self, db: Any, number: int) -> tuple[str, int, int, int]:
        row = db.execute("SELECT state, tokens_in, tokens_out, nano FROM call WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise BadOption(f"call {number}", where=str(self._file.path), expected="a number that `reserve` gave")
        return row

    def _spent(self, left: str, needs: str) -> BudgetSpent:
        return BudgetSpent(
            left,
            where=str(self._file.path),
            expected=f"room for the next call, which could {needs}",
            mend="raise the limit, lower max_tokens, or begin a new ledger",
        )
