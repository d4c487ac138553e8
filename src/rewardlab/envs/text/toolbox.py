"""The tools of a dialogue: which there are, what was called, and what they answered."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools.answer import respond
from rewardlab.envs.text.tools.calls import Call, Fault, read
from rewardlab.envs.text.tools.parameters import usage
from rewardlab.envs.text.tools.tool import Session, Tool


class Toolbox:
    """Tools that an agent may call; without any, nothing that is said is a call.

    Args:
        *tools: each with a name of its own.
        limit: calls that one message may hold, at least 1.
        output: characters of one answer, at least 16.

    Raises:
        BadOption: for two tools of one name, or a limit out of range.
    """

    def __init__(self, *tools: Tool, limit: int = 4, output: int = 400) -> None:
        names = [tool.name for tool in tools]
        if len(set(names)) < len(names) or not all(names):
            raise BadOption(f"tools named {names}", where="Toolbox", expected="each a name of its own")
        if limit < 1 or output < 16:
            raise BadOption(f"limit={limit!r}, output={output!r}", where="Toolbox", expected="from 1, from 16")
        self.tools, self.limit, self.output = tools, limit, output

    def begin(self) -> tuple[Any, ...]:
        """What each tool remembers at the start."""
        return (None,) * len(self.tools)

    def read(self, said: str) -> tuple[Sequence[Call], str]:
        """The calls of a message, and what is wrong with them (an empty text if nothing is)."""
        found = read(said, self.tools, most=self.limit) if self.tools else []
        return ((), found.text) if isinstance(found, Fault) else (found, "")

    def use(
        self, calls: Sequence[Call], task: Any, memory: tuple[Any, ...], rng: np.random.Generator
    ) -> tuple[list[str], tuple[Any, ...]]:
        """The answer to each call, and what each tool remembers now."""
        answers, now = [], list(memory)
        for call in calls:
            k = next(i for i, tool in enumerate(self.tools) if tool.name == call.name)
            session = Session(task, now[k], rng)
            answers.append(respond(call, self.tools, session, output=self.output))
            now[k] = session.memory
        return answers, tuple(now)

    def usage(self) -> str:
        """A line for each tool, for prompts."""
        return "\n".join(usage(tool) for tool in self.tools)

    def close(self) -> None:
        """Release what tools hold; they can be used again."""
        for tool in self.tools:
            tool.close()

    def __eq__(self, other: object) -> bool:
        mine = (self.tools, self.limit, self.output)
        return isinstance(other, Toolbox) and mine == (other.tools, other.limit, other.output)

    __hash__ = None  # type: ignore[assignment]
