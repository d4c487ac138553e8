"""Several calls at once, each in a thread, and an interruption that does not wait for them."""

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
R = TypeVar("R")


def at_once(call: Callable[[K, V], R], jobs: Mapping[K, V], most: int) -> dict[K, R]:
    """`call(key, value)` for all jobs, begun in their order, at most so many at a time; results by key, in that order.

    If the caller is interrupted no further call begins, and those in flight are left alone: their threads do not keep
    the process from ending.

    Args:
        call: what is done.
        jobs: key -> value.
        most: calls at a time.

    Raises:
        Exception: the first error of a call; no further call begins after it.
    """
    waiting = iter(jobs.items())
    found: dict[K, R] = {}
    errors: list[BaseException] = []
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                job = None if errors else next(waiting, None)
            if job is None:
                return
            try:
                found[job[0]] = call(*job)
            except BaseException as e:  # raised again below, in the thread that waits
                errors.append(e)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(most, len(jobs)))]
    try:
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    except BaseException as e:
        errors.append(e)
        raise
    if errors:
        raise errors[0]
    return {k: found[k] for k in jobs}
