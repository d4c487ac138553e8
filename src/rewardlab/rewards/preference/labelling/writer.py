"""Group commit: one thread writes, and many answers share one synchronisation of the disk.

Whoever calls gets its result after the commit that holds it. While the disk works, the next calls gather; the more
there are, the more of them share a commit. A call that fails undoes itself alone; where the commit fails, none of its
group was acknowledged.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from rewardlab.core.errors import BadStore
from rewardlab.rewards.preference.labelling.store import LabelStore

T = TypeVar("T")
MOST = 256  # calls of one commit


@dataclass(frozen=True)
class _Job:
    call: Callable[[LabelStore], Any]
    durable: bool
    future: asyncio.Future
    loop: asyncio.AbstractEventLoop


class Writer:
    """The thread that writes a label file.

    Args:
        store: opened again in that thread.
    """

    def __init__(self, store: LabelStore) -> None:
        self._store = store
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def __call__(self, call: Callable[[LabelStore], T], *, durable: bool = True) -> T:
        """What `call` returns, after the commit. Not durable: a power cut may lose it, a kill may not."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="labels", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(call, durable, future, loop))
        return await future

    def close(self) -> None:
        """Write what is waiting, and end the thread."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        store: LabelStore | None = None
        going = True
        while going:
            group = [self._jobs.get()]
            while len(group) < MOST and not self._jobs.empty():
                group.append(self._jobs.get())
            jobs = [job for job in group if job is not None]
            going = len(jobs) == len(group)
            if not jobs:
                break
            try:
                store = store or self._store.again()
                results = commit(store, [job.call for job in jobs], durable=any(job.durable for job in jobs))
            except Exception as e:
                results = [e] * len(jobs)
            for loop in {job.loop for job in jobs}:
                told = [(job.future, r) for job, r in zip(jobs, results, strict=True) if job.loop is loop]
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_tell, told)
        if store is not None:
            store.close()


def commit(store: LabelStore, calls: list[Callable[[LabelStore], Any]], *, durable: bool = True) -> list[Any]:
    """The results of all calls, or their exceptions, after one commit.

    Raises:
        BadStore: if it could not be written; then nothing of it is there.
    """
    results: list[Any] = []
    with store.together(durable=durable):
        for call in calls:
            try:
                results.append(call(store))
            except BadStore:
                raise
            except Exception as e:
                results.append(e)
    return results


def _tell(told: list[tuple[asyncio.Future, Any]]) -> None:
    for future, result in told:
        if future.done():  # whoever asked has gone
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
