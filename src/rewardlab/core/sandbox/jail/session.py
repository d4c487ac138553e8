"""The trainer's side of the jail: sessions, their deadlines, and their end.

A session is one shut-in process with one role. It is asked; it answers in time or it is killed with all that it
started. What it answers is read as what it is: bytes of a stranger.
"""

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rewardlab.core.sandbox.jail import frames
from rewardlab.core.sandbox.jail.folder import Folder
from rewardlab.core.sandbox.jail.fork import OPENING, Server, server
from rewardlab.core.sandbox.jail.layers import allowed, unavailable
from rewardlab.core.sandbox.jail.limits import Bounds

Sandbox = Literal["jail", "none"]
AWAKE = 1e-3  # seconds: where the last answer came sooner, the next is waited for without sleep


class Ended(Exception):
    """A session that is over, and why.

    Args:
        kind: "late", "died" or "forged".
        why: a sentence.
    """

    def __init__(self, kind: Literal["late", "died", "forged"], why: str) -> None:
        super().__init__(why)
        self.kind, self.why = kind, why


class Session:
    """One shut-in process.

    Args:
        role: "trial", "rowwise", "statements" or "sql".
        bounds: what it may use.
        folder: whether it gets an empty folder to write in, which goes with it.
        threads: whether it may start threads.
        sandbox: "jail"; or "none": the process is no prison then, and `layers` says so.
        by: the fork server that it is a child of; by default the one of this process.

    Attributes:
        layers: layer -> what it is here; {"none": ...} without.
        pid: of the process.

    Raises:
        SandboxUnavailable: if a wall is missing; nothing was run.
    """

    def __init__(
        self,
        role: Literal["trial", "rowwise", "statements", "sql"],
        *,
        bounds: Bounds | None = None,
        folder: bool = False,
        threads: bool = False,
        sandbox: Sandbox = "jail",
        by: Server | None = None,
    ) -> None:
        self.bounds = bounds or Bounds()
        self.layers: Mapping[str, str] = {}
        self._asked, self._ended, self._owner = 0, False, os.getpid()
        self._took = 0.0  # seconds that the last answer took
        jailed = allowed(sandbox)
        self._server = by or server(os.getpid())
        self._folder = Folder(self.bounds) if folder else None
        place = self._folder.path if self._folder else ""
        request = {"role": role, "bounds": asdict(self.bounds), "folder": place, "threads": threads}
        try:
            self._channel, self.pid, self._born = self._server.begin({**request, "jailed": jailed})
        except BaseException:
            self._sweep()
            raise
        try:
            hello, _ = frames.receive(self._channel.fileno(), cap=0, deadline=time.monotonic() + OPENING)
        except (frames.BrokenFrame, frames.Late):
            hello = {"missing": "limits", "why": "the process did not start"}
        ready = hello.get("ready")
        if not isinstance(ready, dict):
            self.close()
            raise unavailable(str(hello.get("missing")), str(hello.get("why", "")))
        self.layers = ready if jailed else {"none": 'sandbox="none": a process of its own, with limits and no walls'}
        self._json_cap = frames.JSON_CAP + 12 * self.bounds.output  # a character may take twelve
        self._watched = ready.get("folder", "").startswith("on disk")

    def ask(
        self, message: dict[str, Any], block: bytes | bytearray | memoryview = b"", *, seconds: float | None = None
    ) -> tuple[dict[str, Any], bytearray]:
        """Send one frame and wait for its answer.

        Raises:
            Ended: if there was none in time, none that can be read, or no process any more. It is closed then.
        """
        if self._ended or not self.mine():
            raise Ended("died", "the session is closed" if self._ended else "the session is of another process")
        self._asked += 1
        limit = self.bounds.seconds if seconds is None else seconds
        begun = time.monotonic()
        deadline = begun + limit
        channel, waiting = self._channel.fileno(), self._watch if self._watched else None
        try:
            frames.send(channel, frames.pack({**message, "id": self._asked}, block), deadline=deadline)
            awake = 2 * self._took if self._took < AWAKE else 0.0
            reply, out = frames.receive(
                channel, cap=self.bounds.reply, json_cap=self._json_cap, deadline=deadline, waiting=waiting, awake=awake
            )
            self._took = time.monotonic() - begun
        except frames.Late:
            self.close()
            raise Ended("late", f"no answer within {limit:g} s") from None
        except frames.BrokenFrame as e:
            how = _how(self.close())
            raise Ended("died", how) if "gone" in str(e) else Ended("forged", f"an answer that is none: {e}") from None
        except BaseException:
            self.close()
            raise
        if reply.pop("id", None) != self._asked:
            self.close()
            raise Ended("forged", "an answer to another question")
        return reply, out

    def close(self) -> int | None:
        """Kill the process and what it started, and remove its folder; its exit code, negative for a signal."""
        if self._ended or not self.mine():
            return None
        self._ended = True
        code = None
        if self._server.bore(self._born):  # or else its children died with it, and their numbers may be others' now
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it has no group yet, or none any more
                os.killpg(self.pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            code = self._server.end(self.pid)
        self._channel.close()
        self._sweep()
        return code

    def mine(self) -> bool:
        """Whether this process opened it, and not one that forked since."""
        return self._owner == os.getpid()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "pid", 0) and not self._ended:
            self.close()

    def _sweep(self) -> None:
        if self._folder:
            self._folder.remove()

    def _watch(self) -> None:
        """End the process that fills its folder on disk, or makes it a maze."""
        if self._folder and self._folder.full():
            self.close()
            raise Ended("died", "its folder is full, or nested too deeply")


def require() -> None:
    """Put up the walls once, around nothing.

    Raises:
        SandboxUnavailable: if one of them is missing here.
    """
    Session("rowwise").close()


@dataclass(frozen=True)
class Ran:
    """What came of a piece of Python in a session.

    Attributes:
        ok: whether it ran to its end.
        printed: what it wrote to standard output and error.
        cut: whether more was written than is kept.
        error: the name of the exception, or why the session is over; "" if it ran.
        trace: the lines of the program and the message of the exception.
        over: whether the session is closed: its variables are lost.
    """

    ok: bool
    printed: str = ""
    cut: bool = False
    error: str = ""
    trace: str = ""
    over: bool = False


def run(session: Session, code: str, *, seconds: float | None = None) -> Ran:
    """Run Python text in a session of the role "statements"; never raises for what the text does."""
    try:
        reply, _ = session.ask({"code": code}, seconds=seconds)
    except Ended as e:
        return Ran(False, error=e.why, over=True)
    most = session.bounds.output
    printed, trace = frames.clean(reply.get("printed"), most), frames.clean(reply.get("trace"), 2000)
    return Ran(reply.get("ok") is True, printed, reply.get("cut") is True, frames.clean(reply.get("error"), 100), trace)


def _how(code: int | None) -> str:
    """The end of a process in words."""
    if code is None:
        return "the process ended"
    if code >= 0:
        return f"the process ended by itself (exit code {code})"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    causes = {
        "SIGSYS": "it asked the kernel for what no program of numbers needs",
        "SIGXCPU": "it used up its processor time",
        "SIGKILL": "it was killed",
        "SIGSEGV": "it broke its own memory",
        "SIGXFSZ": "it wrote too large a file",
    }
    return f"the process ended by {name}" + (f": {causes[name]}" if name in causes else "")
