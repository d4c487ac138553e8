"""A key that is used and never shown: not in a message, a log, a file or a copy of the object that holds it."""

import os
from typing import Any

SHORTEST = 8
"""Shorter words are no keys: replacing them in texts would spoil texts."""


class Secret:
    """A key, and where it came from.

    A copy that is pickled does not hold the key: it reads the environment variable again where it is loaded.

    Args:
        value: the key; None reads the variable; "" means that there is none.
        variable: the environment variable that holds it otherwise.
    """

    __slots__ = ("_value", "given", "variable")

    def __init__(self, value: str | None = None, *, variable: str = "OPENAI_API_KEY") -> None:
        self.given = value is not None
        self.variable = variable
        self._value = (os.environ.get(variable, "") if value is None else value).strip()

    def __bool__(self) -> bool:
        return bool(self._value)

    def header(self) -> dict[str, str]:
        """The header that shows it to the server, {} without a key."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def fits_a_header(self) -> bool:
        """Whether it can be sent at all: visible ASCII characters in one word."""
        return all("!" <= c <= "~" for c in self._value)

    def within(self, text: str) -> bool:
        """Whether a text holds the key."""
        return len(self._value) >= SHORTEST and self._value in text

    def hide(self, text: str) -> str:
        """The text with the key taken out of it."""
        return text.replace(self._value, "[key]") if self.within(text) else text

    def __repr__(self) -> str:
        return f"<a key, {'given' if self.given else 'from ' + self.variable}>" if self else "<no key>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_environment, (self.variable,)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: Any) -> "Secret":
        return self


def _from_environment(variable: str) -> Secret:
    return Secret(variable=variable)
