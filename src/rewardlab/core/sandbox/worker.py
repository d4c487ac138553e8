"""A reward in plain Python of strangers, run in the jail: for code that leaves the reward language.

The rows of a batch go to the worker in one message and their pay comes back in one. Where the program fails, hangs or
kills its process, the call raises an error of the program; the trainer goes on, and the next call gets a new worker.
"""

import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadProgram, BadReward
from rewardlab.core.sandbox.jail import steps
from rewardlab.core.sandbox.jail.frames import clean, title
from rewardlab.core.sandbox.jail.limits import Bounds, processor_seconds, resident_peak
from rewardlab.core.sandbox.jail.session import Ended, Sandbox, Session

ROWS = 4096  # of one message
LONGEST = 200_000  # characters of a program
PARTS = 64
MESSAGE = 800  # characters


@dataclass
class JailedReward:
    """A program of whole Python, written for one step, behind every wall.

    It is called like a `RewardProgram`. Variables of the program live as long as its worker.

    Args:
        source: Python text that defines `reward(obs, action, next_obs, info)`; any of `reward`, `terminated`,
            `truncated`, `done` may be asked for too. It returns a number, or a number and a dict of named parts.
        columns: the info columns that it sees; None for all that are numbers.
        bounds: what the worker may use; `seconds` is the time of one call.
        sandbox: "none" runs it without walls, for code of one's own, and says so in `layers`.
        total: seconds that may be waited for it in all calls together; None is no limit. It holds for one that works
            fast while it is tried and slowly when it is trusted.

    Raises:
        BadProgram: at the first call, if it is no Python, or defines no such function.
        BadReward: if it fails, is late, or pays what is no finite number.
        SandboxUnavailable: if a wall is missing here; nothing was run.
    """

    source: str
    columns: tuple[str, ...] | None = None
    bounds: Bounds = field(default_factory=Bounds)
    sandbox: Sandbox = "jail"
    total: float | None = None

    def __post_init__(self) -> None:
        self._session: Session | None = None
        self._waited = 0.0  # seconds
        self._reads: list[str] = []
        self._sent: Any = None  # the layout that the worker has
        self._names: tuple[list[str], list[str]] = ([], [""])  # of the parts: as they came, and as they are shown

    @property
    def hash(self) -> str:
        """SHA-256 of the source, in hexadecimal."""
        return hashlib.sha256(self.source.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"jailed reward {self.hash[:8]}"

    @property
    def layers(self) -> Mapping[str, str]:
        """Which walls it runs behind; starts the worker."""
        return self._opened().layers

    @property
    def open(self) -> bool:
        """Whether there is a worker now; after a call that failed: whether it lives on."""
        return self._session is not None and self._session.mine()

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that it asks for; starts the worker."""
        self._opened()
        return tuple(self._reads)

    @property
    def clock(self) -> float:
        """Processor seconds of its worker so far, by the kernel's count, which no program can change; starts it."""
        return processor_seconds(self._opened().pid)

    @property
    def memory(self) -> int:
        """The largest resident size of its worker so far, in bytes, by the kernel's count; 0 where it says none."""
        return resident_peak(self._opened().pid)

    def __call__(self, batch: Transitions) -> Array:
        """The pay of each step, [B] or as the leading axes are."""
        return self.both(batch)[0]

    def parts(self, batch: Transitions) -> dict[str, Array]:
        """Name -> pay of each part; {} if the program returns only a number. Runs it."""
        return self.both(batch)[1]

    def both(self, batch: Transitions) -> tuple[Array, dict[str, Array]]:
        """The pay and its parts, of one run."""
        if self.total is not None and self._waited >= self.total:
            self.close()
            raise BadReward(
                f"its {self.total:g} s are used up", where=self.name, mend="write it shorter, or raise total"
            )
        session = self._opened()
        given = {name: self._column(batch, name) for name in self._reads}
        rows = math.prod(batch.shape)
        done = []
        for start in range(0, rows, ROWS):
            some = tree_map(lambda x, a=start: x[a : a + ROWS], given) if rows > ROWS else given
            done.append(self._run(session, some, min(ROWS, rows - start), start))
        if not done:
            return self._like(np.zeros(batch.shape), batch.reward), {}
        columns = done[0] if len(done) == 1 else _joined(done)
        out = {n: self._like(c.reshape(batch.shape), batch.reward) for n, c in columns.items()}
        return out.pop(""), out

    def close(self) -> None:
        """End the worker; the next call starts another."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_session"} | {"_session": None}

    def _opened(self) -> Session:
        if self._session is None or not self._session.mine():
            if len(self.source) > LONGEST:
                raise BadProgram(f"{len(self.source)} characters", where=self.name, expected=f"at most {LONGEST}")
            session = Session("rowwise", bounds=self.bounds, sandbox=self.sandbox)
            try:
                reply, _ = self._asked(session, {"source": self.source})
                if "error" in reply:
                    raise BadProgram(clean(reply["error"], MESSAGE), where=self.name, mend="mend the program's text")
                reads = reply.get("columns")
                if not isinstance(reads, list) or not set(map(str, reads)) <= {*steps.COLUMNS, "done"}:
                    raise BadProgram("it answers for its own process", where=self.name)
            except Ended as e:
                raise BadProgram(f"it ends its process when it is read: {e.why}", where=self.name) from None
            except BaseException:
                session.close()
                raise
            self._reads, self._session, self._sent = list(dict.fromkeys(reads)), session, None
        return self._session

    def _asked(self, session: Session, message: dict[str, Any], block: bytes = b"") -> tuple[dict[str, Any], bytearray]:
        """One question, within the time that is left."""
        if self.total is None:
            return session.ask(message, block)
        begun = time.monotonic()
        try:
            return session.ask(message, block, seconds=max(min(self.bounds.seconds, self.total - self._waited), 0.0))
        finally:
            self._waited += time.monotonic() - begun

    def _column(self, batch: Transitions, name: str) -> Any:
        """A column of the steps as NumPy arrays [B, ...], numbers only."""
        value = getattr(batch, name)
        if type(value) is np.ndarray and len(batch.shape) == 1 and value.dtype.kind in steps.NUMBERS:
            return value  # the common case, many times a second
        if name == "info" and self.columns is not None:
            value = {c: batch.column(c, by=self.name) for c in self.columns}
        lead, rows = len(batch.shape), math.prod(batch.shape)
        numbers = steps.numeric(tree_map(lambda x: steps.rows_of(array(x), rows, lead), value))
        if numbers is None and name != "info":
            raise BadBatch(f"{name} holds no numbers", where=self.name, expected="a numeric array")
        return numbers or {} if name == "info" else numbers

    def _run(self, session: Session, given: Any, rows: int, start: int) -> dict[str, np.ndarray]:
        message: dict[str, Any] = {"rows": rows}
        layout = steps.layout(given)
        if layout != self._sent:
            message["layout"] = self._sent = layout
        try:
            reply, block = self._asked(session, message, steps.to_bytes(given))
        except Ended as e:
            self.close()
            raise BadReward(f"{e.why}", where=self.name, mend="the next call starts a new worker") from None
        if "error" in reply:
            row = reply.get("row", -1)
            where = f"row {start + row}: " if isinstance(row, int) and row >= 0 else ""
            raise BadReward(where + clean(reply["error"], MESSAGE), where=self.name, mend="mend the program")
        try:
            names = self._shown(reply["parts"])
            values = np.frombuffer(block, np.float64).reshape(len(names), rows)
        except (KeyError, TypeError, ValueError):
            self.close()
            raise BadReward("an answer that is none", where=self.name, mend="do not write to open files") from None
        if len(names) > PARTS or len(set(names)) < len(names):
            raise BadReward(f"{len(names) - 1} parts", where=self.name, expected=f"at most {PARTS}, with names")
        if not np.isfinite(values).all():
            part, row = np.argwhere(~np.isfinite(values))[0]
            said = f"row {start + row} pays {values[part, row]}" + (f" as {names[part]!r}" if part else "")
            raise BadReward(said, where=self.name, expected="a finite number")
        return dict(zip(names, values, strict=True))

    def _shown(self, names: Any) -> list[str]:
        """The names of parts, safe to print; "" before them, for the pay itself."""
        if names != self._names[0]:
            self._names = names, ["", *map(title, names)]
        return self._names[1]

    @staticmethod
    def _like(x: np.ndarray, reward: Array) -> Array:
        return tensor(x, device=reward.device) if is_torch(reward) else x


def _joined(done: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Runs behind each other; a part that one of them did not name is 0 there."""
    names = dict.fromkeys(name for part in done for name in part)
    return {n: np.concatenate([p.get(n, np.zeros_like(p[""])) for p in done]) for n in names}
