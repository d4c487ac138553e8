"""The tools of a dialogue: which there are, what was called, and what they answered."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class Toolbox:
    """Tools that an agent may call.

    Args:
        *tools: each with a name of its own.
        limit: calls that one message may hold.
    """

    def __init__(self, *tools: Any, limit: int = 4) -> None:
        self.tools, self.limit = tools, limit

    def begin(self, task: Any) -> tuple[Any, ...]:
        """What each tool remembers at the start."""
        return (None,) * len(self.tools)

    def read(self, said: str) -> tuple[Sequence[Any], str]:
        """The calls of a message, or what is wrong with them."""
        return (), ""

    def use(self, calls: Sequence[Any], task: Any, memory: tuple[Any, ...], rng: np.random.Generator) -> Any:
        """The answers of the tools, and what they remember now."""
        raise NotImplementedError
