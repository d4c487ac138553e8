"""Worker processes of our own: the death, hang or error of one costs one job and no other.

`concurrent.futures` gives up the whole pool when a worker dies, `multiprocessing.Pool` waits for ever. Here each worker
has a pipe, the driver waits for pipes and for ends of processes with a deadline, and a worker ends by itself when the
driver is gone, whatever became of it.
"""

import contextlib
import errno
import faulthandler
import multiprocessing
import multiprocessing.connection
import multiprocessing.resource_tracker
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rewardlab.core.errors import BadStore, RewardlabError
from rewardlab.core.store import dumps

STARTUP = 300.0  # seconds that a worker may take to import what it needs
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS")
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)

Work = Callable[..., Any]  # a function of a module, so that a worker can import it


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        key: the job.
        text: the result as JSON; None if there is none.
        log: what went wrong, and the end of what the job printed.
        blocked: why no job can go on, for want of room or rights on the disk; then the job itself is not to blame.
    """

    key: str
    text: str | None
    log: str = ""
    blocked: str = ""


class Pool:
    """Workers that take one job at a time.

    Args:
        work: called as work(*arguments) in a worker; its value must be JSON.
        jobs: how many workers.
        logs: folder for what jobs print.
        timeout: seconds that a job may take; then its worker is killed.
    """

    def __init__(self, work: Work, *, jobs: int, logs: Path, timeout: float) -> None:
        self.work, self.logs, self.timeout = work, logs, timeout
        self._workers: list[_Worker | None] = [None] * jobs
        self._stillborn = 0  # workers in a row that died before they were ready

    def give(self, key: str, arguments: tuple[Any, ...]) -> None:
        """Hand a job to an idle worker, starting one if need be. Ask `idle` first."""
        for i, worker in enumerate(self._workers):
            if worker is None:
                with _deaf_to_ctrl_c():  # until it stands in the list, `close` could not end it
                    worker = self._workers[i] = _Worker(self.work, self.logs)
            if worker.key is None:
                worker.take(key, arguments, self.timeout)
                return
        raise RuntimeError("no idle worker")

    @property
    def idle(self) -> int:
        """How many jobs `give` would take now."""
        return sum(w is None or w.key is None for w in self._workers)

    @property
    def busy(self) -> int:
        """How many jobs are running."""
        return len(self._workers) - self.idle

    def wait(self, seconds: float) -> list[Outcome]:
        """Jobs that have ended, after at most `seconds`; deadlines are kept meanwhile.

        Raises:
            RewardlabError: if workers cannot even start.
        """
        running = [w for w in self._workers if w is not None and w.key is not None]
        now = time.monotonic()
        patience = min([seconds, *(max(0.0, w.deadline - now) for w in running)])
        ready = set(multiprocessing.connection.wait([x for w in running for x in w.signs], patience)) if running else ()
        ended: list[Outcome] = []
        for i, worker in enumerate(self._workers):
            if worker is None or worker.key is None:
                continue
            if ready and not ready.isdisjoint(worker.signs):
                outcome = worker.listen()
            elif time.monotonic() >= worker.deadline:
                limit = self.timeout if worker.ready else STARTUP
                outcome = worker.dead(f"took longer than {limit:g} seconds and was ended")
            else:
                continue
            self._stillborn = 0 if worker.ready else self._stillborn + (not worker.alive)
            if not worker.alive:
                self._workers[i] = None
            if outcome is not None:
                ended.append(outcome)
            if self._stillborn >= 3:
                raise RewardlabError(
                    "worker processes cannot start",
                    where=str(self.logs),
                    expected='a script that calls the benchmark under `if __name__ == "__main__":`',
                    mend=f"read the log: {ended[-1].log.strip()[-600:] if ended else ''}",
                )
        return ended

    def close(self) -> None:
        """End all workers at once."""
        for worker in self._workers:
            if worker is not None:
                worker.end()
        self._workers = [None] * len(self._workers)


class _Worker:
    """The driver's side of one worker."""

    def __init__(self, work: Work, logs: Path) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy threads and locks of torch
        self.logs, self.timeout, self.deadline = logs, 0.0, 0.0
        self.key: str | None = None  # the running job
        self.ready, self.alive = False, True
        self.pipe, theirs = context.Pipe()
        self.life, their_life = context.Pipe()  # nothing is sent: it closes when the driver is gone
        self.process = context.Process(target=_serve, args=(work, theirs, their_life, str(logs)), daemon=False)
        with _single_threaded():
            self.process.start()
        theirs.close()
        their_life.close()

    @property
    def signs(self) -> tuple[Any, ...]:
        """What to wait for: a message, or the end of the process."""
        return (self.pipe, self.process.sentinel)

    def take(self, key: str, arguments: tuple[Any, ...], timeout: float) -> None:
        self.key, self.timeout = key, timeout
        self.deadline = time.monotonic() + (timeout if self.ready else STARTUP)
        with contextlib.suppress(OSError):  # it has died while idle: `listen` will find out
            self.pipe.send((key, pickle.dumps(arguments)))

    def listen(self) -> Outcome | None:
        """The outcome of the running job, if this is what woke us."""
        assert self.key is not None
        try:
            kind, text = self.pipe.recv() if self.pipe.poll() else ("died", "")
        except (EOFError, OSError):
            kind = "died"
        if kind == "ready":
            self.ready = True
            self.deadline = time.monotonic() + self.timeout
            return None
        if kind == "died":
            self.process.join(5.0)
            return self.dead(f"worker died: {_verdict(self.process.exitcode)}")
        key, self.key = self.key, None
        if kind == "disk":
            return Outcome(key, None, blocked=text)
        if kind == "done":
            return Outcome(key, text)
        return Outcome(key, None, _tail(self.logs, key) + text)

    def dead(self, why: str) -> Outcome:
        """End the process; its job has failed."""
        key = self.key
        assert key is not None
        self.end()
        return Outcome(key, None, _tail(self.logs, key) + why)

    def end(self) -> None:
        self.alive, self.key = False, None
        self.process.kill()
        self.process.join(10.0)
        self.pipe.close()
        self.life.close()


def log_path(logs: Path, key: str) -> Path:
    """Where a job's output goes."""
    return logs / f"{key}.log"


def _serve(work: Work, pipe: Connection, life: Connection, logs: str) -> None:
    """The life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver ends its workers
    threading.Thread(target=_die_with_driver, args=(life,), daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # the driver has closed the pipe: nobody is left to tell
        _work_off(work, pipe, Path(logs))


def _work_off(work: Work, pipe: Connection, logs: Path) -> None:
    """Take jobs from the pipe and answer them, for ever."""
    pipe.send(("ready", ""))
    while True:
        key, packed = pipe.recv()
        try:
            with _output_to(log_path(logs, key)):
                try:
                    reply = ("done", dumps(work(*pickle.loads(packed))))
                except (Exception, SystemExit) as e:
                    disk = isinstance(e, BadStore) or (isinstance(e, OSError) and e.errno in DISK)
                    reply = ("disk", str(e)) if disk else ("failed", traceback.format_exc())
        except OSError as e:  # the log itself cannot be written
            reply = ("disk", str(e))
        pipe.send(reply)


def _die_with_driver(life: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        life.recv()
    os._exit(1)


@contextlib.contextmanager
def _output_to(path: Path) -> Iterator[None]:
    """Send what the process prints, also from C, to a file; an empty file is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with path.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        faulthandler.enable(log)  # a segmentation fault says where
        try:
            yield
        finally:
            faulthandler.disable()
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            for fd, own in zip(kept, (1, 2), strict=True):
                os.dup2(fd, own)
                os.close(fd)
    if path.stat().st_size == 0:
        path.unlink()


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Child processes started here never hear Ctrl-C, not even while they import; our own comes right afterwards.

    Blocking the signal is inherited by the children, but keeps it from this thread alone: another thread (a progress
    bar's) may take it, and Python would still raise here. So the handler waits too.
    """
    multiprocessing.resource_tracker.ensure_running()  # starting it would let the signal through again
    heard: list[int] = []
    main = threading.current_thread() is threading.main_thread()  # elsewhere Ctrl-C is never raised
    handler = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number)) if main else None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)  # what waited is heard here, by the list
        if main:
            signal.signal(signal.SIGINT, handler)
    if heard:
        signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def _single_threaded() -> Iterator[None]:
    """Child processes started here use one thread each in numerical libraries, unless the user said otherwise."""
    missing = [n for n in THREADS if n not in os.environ]
    os.environ.update(dict.fromkeys(missing, "1"))
    try:
        yield
    finally:
        for n in missing:
            del os.environ[n]


def _tail(logs: Path, key: str, *, most: int = 4000) -> str:
    try:
        return log_path(logs, key).read_bytes()[-most:].decode(errors="replace")
    except OSError:
        return ""


def _verdict(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"
