"""What is said, line by line: the characters one may use, and how a conversation is written down."""

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CHARSET = string.ascii_letters + string.digits + string.punctuation + " \n\t"
PARTNER, AGENT, TOOL = "partner: ", "you: ", "tool: "

_NAMES = {"user": PARTNER, "assistant": AGENT, "tool": TOOL}
_KNOWN = frozenset(CHARSET)
_ESCAPED = re.compile(r"\\u\{[0-9a-f]+\}")


@dataclass(frozen=True)
class Example:
    """An answer of which one knows what the verifier must say.

    Attributes:
        said: the answer, any text.
        truth: the task's data that it is judged by.
        passes: what `check(said, truth)` must return.
    """

    said: str
    truth: Any
    passes: bool


def escape(text: str) -> str:
    r"""`text` with every character outside CHARSET written as \u{hex}; a second time changes nothing."""
    return text if _KNOWN.issuperset(text) else "".join(c if c in _KNOWN else f"\\u{{{ord(c):x}}}" for c in text)


def unescaped(text: str) -> str:
    """`text` without its escaped characters, for parsers: none of their digits was said."""
    return _ESCAPED.sub(" ", escape(text))


def flat(said: str) -> str:
    """`unescaped`, with one space for every run of white space, so that patterns need linear time."""
    return " ".join(unescaped(said).split())


def transcript(messages: Sequence[dict[str, str]]) -> str:
    r"""Messages as lines; a line break that was said is written \n, so that nobody can speak for the other side."""
    return "\n".join(_NAMES[m["role"]] + m["content"].replace("\n", "\\n") for m in messages)
