"""How a program is refused: one error with its line, in words that its writer can act on."""

import ast
from typing import NoReturn

from rewardlab.core.errors import BadProgram

HEADER = "def reward(obs, action, next_obs, info):"


def refuse(what: str, line: int | None = None, *, expected: str = "", mend: str = "") -> NoReturn:
    """Raise `BadProgram` for a line, counted from 1.

    Raises:
        BadProgram: always.
    """
    raise BadProgram(
        what, where=f"reward program, line {line}" if line else "reward program", expected=expected, mend=mend
    )


def words(node: ast.AST, most: int = 40) -> str:
    """A piece of the program as text, shortened: for messages."""
    try:
        text = ast.unparse(node)
    except (RecursionError, ValueError):
        return type(node).__name__
    text = text.encode("ascii", "backslashreplace").decode("ascii").splitlines()[0] if text else ""
    return text if len(text) <= most else text[: most - 3] + "..."
