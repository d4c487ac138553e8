"""Endpoints in a hurry: waits are added to a clock instead of being slept."""

import time
from typing import Any

from rewardlab.core.oracle import Endpoint
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
