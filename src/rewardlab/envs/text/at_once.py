"""Conversations side by side that do not wait for each other.

    all rows in step:  Σ_t max_i l_it,    each on its own:  max_i Σ_t l_it      (l_it: the time of turn t in row i)

Each row is an environment of its own that answers in a thread; whoever has been answered is handed out at once. Tools
that wait (a process, a server, a person) hold up their own row alone. What a row sees depends on its seed and its
words, never on the order in which rows come in.

Source: Weng et al., "EnvPool: A Highly Parallel Reinforcement Learning Environment Execution Engine", NeurIPS 2022,
Section 3.2 (send and receive).
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import gymnasium as gym
import numpy as np

from rewardlab.core.errors import BadOption


@dataclass(frozen=True)
class Answered:
    """What one row shows after `reset` or `send`.

    Attributes:
        row: its number.
        obs, reward, terminated, truncated, info: as `gym.Env.step` gives them; a start pays 0 and ends nothing.
    """

    row: int
    obs: Any
    reward: float
    terminated: bool
    truncated: bool
    info: dict[str, Any]


class AtOnce:
    """N conversations, each at its own pace.

    Args:
        make: makes one environment; called N times.
        num_envs: N >= 1.
        workers: rows that may be answered at one time, at least 1; threads, which suits answers that wait.

    Raises:
        BadOption: for N or workers below 1.
    """

    def __init__(self, make: Callable[[], gym.Env], num_envs: int, *, workers: int = 32) -> None:
        if num_envs < 1 or workers < 1:
            raise BadOption(f"num_envs={num_envs!r}, workers={workers!r}", where="AtOnce", expected="at least 1 each")
        self.envs = [make() for _ in range(num_envs)]
        self._pool = ThreadPoolExecutor(min(workers, num_envs), thread_name_prefix="rewardlab-dialogue")
        self._ready: deque[Answered | BaseException] = deque()
        self._changed = threading.Condition()
        self._away = np.zeros(num_envs, dtype=bool)  # rows that somebody is answering

    @property
    def away(self) -> int:
        """How many rows are being answered, or wait to be received."""
        return int(self._away.sum())

    def reset(self, seeds: Sequence[int | None], rows: Sequence[int] | None = None) -> None:
        """Begin an episode in each of `rows` (default all) with its seed, or the next one where that is None."""
        rows = range(len(self.envs)) if rows is None else rows
        if len(seeds) != len(rows):
            raise BadOption(f"{len(seeds)} seeds", where="AtOnce.reset", expected=f"{len(rows)}, one for each row")
        for row, seed in zip(rows, seeds, strict=True):
            self._give(row, self._begun, seed)

    def send(self, rows: Sequence[int], actions: Sequence[Any]) -> None:
        """Say something in each of `rows`; answers come by `receive`.

        Raises:
            BadOption: for a row that has not been answered yet, or lists of unequal length.
        """
        if len(rows) != len(actions):
            raise BadOption(f"{len(actions)} actions", where="AtOnce.send", expected=f"{len(rows)}, one for each row")
        for row, action in zip(rows, actions, strict=True):
            self._give(row, self._stepped, action)

    def receive(self, least: int = 1, *, timeout: float | None = None) -> list[Answered]:
        """All rows that have been answered, at least `least` of those that are away, in order of their numbers.

        Raises:
            BadOption: if fewer rows are away.
            TimeoutError: if they take longer than `timeout` seconds; nothing is lost.
            Exception: what a row raised, with the number of the row as a note; the others wait for the next call.
        """
        if not 1 <= least <= self.away:
            raise BadOption(
                f"least={least!r}", where="AtOnce.receive", expected=f"1..{self.away}, the rows that are away"
            )
        until = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while len(self._ready) < least and not any(isinstance(a, BaseException) for a in self._ready):
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError(f"{len(self._ready)} of {least} rows were answered within {timeout:g} s")
                self._changed.wait(left)
            failed = next((a for a in self._ready if isinstance(a, BaseException)), None)
            if failed is not None:
                self._ready.remove(failed)
                raise failed
            found = sorted((a for a in self._ready if isinstance(a, Answered)), key=lambda a: a.row)
            self._ready.clear()
        self._away[[a.row for a in found]] = False
        return found

    def close(self) -> None:
        """End, after the rows that are being answered; a second call does nothing."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for env in self.envs:
            env.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _give(self, row: int, work: Callable[[int, Any], Answered], what: Any) -> None:
        if not 0 <= row < len(self.envs) or self._away[row]:
            why = "has not been received yet" if 0 <= row < len(self.envs) else "does not exist"
            raise BadOption(f"row {row!r} {why}", where="AtOnce", expected="a row that has been received")
        self._away[row] = True
        self._pool.submit(self._work, row, work, what)

    def _work(self, row: int, work: Callable[[int, Any], Answered], what: Any) -> None:
        try:
            done: Answered | BaseException = work(row, what)
        except Exception as e:  # whatever it is, who receives must know of it
            e.add_note(f"in row {row}")
            done = e
            self._away[row] = False
        with self._changed:
            self._ready.append(done)
            self._changed.notify_all()

    def _begun(self, row: int, seed: int | None) -> Answered:
        obs, info = self.envs[row].reset(seed=seed)
        return Answered(row, obs, 0.0, False, False, info)

    def _stepped(self, row: int, action: Any) -> Answered:
        obs, reward, terminated, truncated, info = self.envs[row].step(action)
        return Answered(row, obs, float(reward), bool(terminated), bool(truncated), info)
