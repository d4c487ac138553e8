"""The trainer's side of the fork server: it is started, asked for children, and told of their end.

It is a fresh interpreter with nothing of the trainer's in it (`server.py`); every session is a copy of it.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

from rewardlab.core.errors import SandboxUnavailable
from rewardlab.core.sandbox.jail import frames

OPENING = 10.0  # seconds that a server and a session may take to start, on a busy machine
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
