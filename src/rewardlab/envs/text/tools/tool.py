"""A tool: one small class that a text agent may call.

A tool is what it says to a call, and nothing else: what it remembers of a conversation lies in the `Session`, as data.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

OUTPUT = 4000  # characters of an answer


@dataclass
class Session:
    """What a tool sees of one conversation.

    Attributes:
        data: the task's typed data; the agent sees of it what the tool says.
        memory: the tool's own, None at first: plain data that pickles and compares. A tool replaces it, and never
            changes it in place, so that old states stay what they were.
        rng: the only source of chance.
    """

    data: Any
    memory: Any
    rng: np.random.Generator


class ToolError(Exception):
    """Raised by a tool: its text, after "error: ", is the answer."""


class Tool:
    """The first line of the class's docstring is the line that the agent reads.

    Attributes:
        name: small letters, digits and underscores.
    """

    name: ClassVar[str] = ""

    def use(self, session: Session, *args: Any, **kwargs: Any) -> str:
        """Answer one call. Subclasses name their arguments, each `str`, `int`, `float`, `bool` or a `Literal` of texts.

        Those with a default may be left out; one with the default None may be `| None`. `ToolError` and the built-in
        errors of values become the answer, and then `session.memory` is put back.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Release live processes and files; the tool can be used again."""

    def target(self) -> Callable[..., Any]:
        """The function whose signature and docstring describe the arguments."""
        return self.use

    def description(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(type(self)) or "").partition("\n")[0].strip()


def shown(text: str, most: int = OUTPUT) -> str:
    """`text` with what cannot be printed written as escapes, cut to `most` characters with a note that it was."""
    text, whole = text[: most + 1], len(text)
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
    if len(text) <= most:
        return text
    note = f" ... ({whole} characters)"
    return text[: max(most - len(note), 0)] + note[:most]
