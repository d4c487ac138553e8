"""Live things by the history that made them: a cache of processes that may be lost at any time.

What a conversation remembers is data: the history of its calls. A process that went through the same calls is only a
shortcut. It is taken out while it is used, put back under its longer history, and made again from the history where
there is none: after a jump in time, in another process, after pickling.
"""

import os
import threading
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from rewardlab.core.errors import BadOption


class Closable(Protocol):
    """What is kept: something to close."""

    def close(self) -> object:
        """End it."""


T = TypeVar("T", bound=Closable)


class Live(Generic[T]):
    """At most `most` things; the one that was used longest ago is closed first.

    A copy, and what comes out of a pickle or a fork, is empty.

    Args:
        most: at least 1.

    Raises:
        BadOption: for less.
    """

    def __init__(self, most: int) -> None:
        if most < 1:
            raise BadOption(f"live={most!r}", where="Live", expected="at least 1")
        self.most = most
        self._held: list[tuple[Hashable, T]] = []
        self._owner, self._turn = os.getpid(), threading.Lock()

    def take(self, history: Hashable) -> T | None:
        """Take out a thing with this history, None if there is none."""
        with self._turn:
            self._mine()
            for k in reversed(range(len(self._held))):
                if self._held[k][0] == history:
                    return self._held.pop(k)[1]
        return None

    def put(self, history: Hashable, thing: T) -> None:
        """Keep a thing under its history."""
        with self._turn:
            self._mine()
            self._held.append((history, thing))
            old = self._held[: -self.most]
            del self._held[: -self.most]
        for _, one in old:
            one.close()

    def close(self) -> None:
        """Close all."""
        with self._turn:
            self._mine()
            old, self._held = self._held, []
        for _, one in old:
            one.close()

    def __len__(self) -> int:
        return len(self._held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Live) and other.most == self.most

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple:
        return Live, (self.most,)

    def _mine(self) -> None:
        """Forget what a fork of this process has inherited: it belongs to the other one."""
        if self._owner != os.getpid():
            self._held, self._owner = [], os.getpid()
