"""Endpoints in a hurry: waits are added to a clock instead of being slept; and a child process that asks and is killed."""

import time
from typing import Any

from rewardlab.core.oracle import Endpoint, Prompt
from rewardlab.core.testing.endpoint import Server

KEY = "sk-marker-0123456789abcdef"


class Clock:
    """Real time plus what was slept, which takes no time."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self) -> float:
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def quick(server: Server, clock: Clock | None = None, **options: Any) -> Endpoint:
    """An endpoint at a test server whose waits are as long as they can be, and not slept."""
    clock = clock or Clock()
    line = {"clock": clock, "sleep": clock.sleep, "jitter": lambda: 1.0, **options.pop("line", {})}
    return Endpoint("test", server.url, options.pop("key", KEY), line=line, **{"timeout": 20.0, **options})


def ask_until_killed(url: str, path: str, count: int, concurrency: int) -> None:
    """Ask `count` prompts through a cache; the target of a process that is killed meanwhile."""
    endpoint = Endpoint("test", url, "", cache=path, concurrency=concurrency)
    endpoint([Prompt(f"prompt {i}", key=("task", "system", 0, i)) for i in range(count)])
