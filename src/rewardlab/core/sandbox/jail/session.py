"""The trainer's side of the jail: sessions, their deadlines, and their end.

A session is one shut-in process with one role. It is asked; it answers in time or it is killed with all that it
started. What it answers is read as what it is: bytes of a stranger.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from rewardlab.core.errors import BadOption, SandboxUnavailable
from rewardlab.core.sandbox.jail import frames
from rewardlab.core.sandbox.jail.kernel import LINUX, MACHINE
from rewardlab.core.sandbox.jail.layers import NEEDED, mending
from rewardlab.core.sandbox.jail.limits import Bounds
from rewardlab.core.sandbox.jail.seccomp import AUDIT

Sandbox = Literal["jail", "none"]
OPENING = 10.0  # seconds that a server and a session may take to start, on a busy machine
DEEPEST = 32  # folders within each other
SOURCES = str(Path(__file__).resolve().parents[4])
START = f"""
import sys
if {SOURCES!r} not in sys.path:
    sys.path.insert(0, {SOURCES!r})
from rewardlab.core.sandbox.jail.server import main
main(int(sys.argv[1]))
"""
CLEAN = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",  # the same order of sets in every process
    "PYTHONUTF8": "1",
}
KEPT = ("LD_LIBRARY_PATH",)  # some interpreters do not start without


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
        by: "Server | None" = None,
    ) -> None:
        self.bounds = bounds or Bounds()
        self.layers: Mapping[str, str] = {}
        self._asked, self._ended, self._folder, self._owner = 0, False, "", os.getpid()
        jailed = allowed(sandbox)
        self._server = by or server(os.getpid())
        self._folder = tempfile.mkdtemp(prefix="rewardlab-") if folder else ""
        request = {"role": role, "bounds": asdict(self.bounds), "folder": self._folder, "threads": threads}
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
        deadline = time.monotonic() + limit
        channel, waiting = self._channel.fileno(), self._watch if self._watched else None
        try:
            frames.send(channel, frames.pack({**message, "id": self._asked}, block), deadline=deadline)
            reply, out = frames.receive(
                channel, cap=self.bounds.reply, json_cap=self._json_cap, deadline=deadline, waiting=waiting
            )
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
        """Remove the work folder; if it is not empty, by a program: Python's own remover dies on deep trees."""
        if not self._folder:
            return
        with contextlib.suppress(OSError):
            os.rmdir(self._folder)  # what was laid over it in memory went with the process
            return
        for words in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*words, "--", self._folder], capture_output=True, check=False)

    def _watch(self) -> None:
        """End the process that fills its folder on disk, or makes it a maze."""
        size = entries = 0
        left = [(self._folder, 0)]
        try:
            while left:
                place, depth = left.pop()
                with contextlib.suppress(FileNotFoundError), os.scandir(place) as found:  # it may go meanwhile
                    for entry in found:
                        entries += 1
                        if entry.is_dir(follow_symlinks=False):
                            left.append((entry.path, depth + 1))
                        else:
                            size += entry.stat(follow_symlinks=False).st_blocks * 512
                if size > self.bounds.folder or entries > self.bounds.entries or depth > DEEPEST:
                    raise OSError("full")
        except OSError:  # full, or with names and rights by which nobody can look into it
            self.close()
            raise Ended("died", "its folder is full, or nested too deeply") from None


class Server:
    """A fork server, started when it is first needed, and again if it died.

    Args:
        start: Python text that becomes the server; its first argument is the number of its socket.
    """

    def __init__(self, start: str = START) -> None:
        self._start_text = start
        self._owner, self._started = os.getpid(), 0
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def mine(self) -> bool:
        """Whether this process started it, and not one that forked since."""
        return self._owner == os.getpid()

    def bore(self, born: int) -> bool:
        """Whether the process that runs now is the one that was started as number `born`, and lives."""
        return born == self._started and self._process is not None and self._process.poll() is None

    def begin(self, request: dict[str, Any]) -> tuple[socket.socket, int, int]:
        """A new child: the socket to it, its number, and of which start of this server it is."""
        ours, theirs = socket.socketpair()
        try:
            with self._lock, theirs:
                reply = self._exchange({"begin": request}, theirs)
                born = self._started
            if "pid" not in reply:
                raise SandboxUnavailable(f"no process: {reply.get('failed')}", where="the jail", mend="ulimit -u")
        except BaseException:
            ours.close()
            raise
        ours.setblocking(False)
        return ours, int(reply["pid"]), born

    def end(self, pid: int) -> int | None:
        """How a killed child ended; None if that cannot be known any more."""
        with self._lock:
            if self._process is None:
                return None
            try:
                return self._exchange({"end": pid}).get("ended")
            except SandboxUnavailable:
                return None

    def close(self) -> None:
        """End it; its children end with it."""
        if self._control is not None:
            self._control.close()
        if self._process is not None and self.mine():
            try:
                self._process.wait(1.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._control = None

    def _exchange(self, request: dict[str, Any], *files: socket.socket) -> dict[str, Any]:
        for attempt in (0, 1):
            if self._process is None or self._process.poll() is not None:
                if attempt or "end" in request:
                    break
                self.close()
                self._start()
            assert self._control is not None
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], [f.fileno() for f in files])
                return self._heard()
            except OSError:  # it died since
                self.close()
            except BaseException:  # interrupted: its next answer would be taken for another's
                self.close()
                raise
        raise SandboxUnavailable("the fork server died", where="the jail", mend="rewardlab doctor")

    def _heard(self) -> dict[str, Any]:
        assert self._control is not None
        text = self._control.recv(1 << 16)
        if not text:
            raise ConnectionError("closed")
        return json.loads(text)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(6 * OPENING)
        environment = {**CLEAN, **{k: os.environ[k] for k in KEPT if k in os.environ}}
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-c", self._start_text, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        self._process, self._control = process, ours
        self._started += 1
        try:
            self._heard()
        except OSError:
            process.kill()
            _, said = process.communicate()
            self._process = self._control = None
            last = said.decode(errors="replace").strip().splitlines()[-1:] or ["nothing"]
            raise SandboxUnavailable(
                f"the fork server does not start: {last[0]}", where="the jail", mend="rewardlab doctor"
            ) from None


@cache
def server(pid: int) -> Server:
    """The fork server of the process `pid`, which is the one that asks: a fork of it starts its own."""
    one = Server()
    atexit.register(one.close)
    return one


def allowed(sandbox: str) -> bool:
    """Whether to put up the walls.

    Raises:
        BadOption: for a word that is neither "jail" nor "none".
        SandboxUnavailable: where there are none to put up.
    """
    if sandbox not in ("jail", "none"):
        raise BadOption(f"sandbox={sandbox!r}", where="the jail", expected='"jail" or "none"', mend='sandbox="jail"')
    if sandbox == "jail" and (not LINUX or MACHINE not in AUDIT):
        raise unavailable("landlock", "this is no Linux that we know")
    if not hasattr(os, "fork"):
        raise unavailable("limits", "processes cannot be forked here")
    return sandbox == "jail"


def require() -> None:
    """Put up the walls once, around nothing.

    Raises:
        SandboxUnavailable: if one of them is missing here.
    """
    Session("rowwise").close()


def unavailable(layer: str, why: str) -> SandboxUnavailable:
    """The error that names the missing wall and what brings it back."""
    return SandboxUnavailable(
        f"a wall is missing: {layer}: {why}; nothing was run",
        where="the jail",
        expected=", ".join(NEEDED),
        mend=f'{mending(layer)}; or sandbox="none", for code that you wrote yourself',
    )


def probed(by: Server | None = None) -> dict[str, str]:
    """Layer -> "" if it holds on this machine, or why not.

    Raises:
        SandboxUnavailable: if no process could be started to try.
    """
    mine = by or server(os.getpid())
    channel, pid, _ = mine.begin({"role": "probe"})
    with channel:
        try:
            hello, _ = frames.receive(channel.fileno(), cap=0, deadline=time.monotonic() + OPENING)
        except (frames.BrokenFrame, frames.Late):
            hello = {"ready": {"walls": "the process that tried them ended"}}
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        mine.end(pid)
    return {str(k): str(v) for k, v in hello.get("ready", {}).items()}


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
