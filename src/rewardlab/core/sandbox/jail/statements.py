"""Role `statements`: run Python text, keep its variables for the next, and answer what it printed."""

import io
import sys
import traceback
from typing import Any

TRACE = 2000  # characters
FILE = "<tool>"


def execute(text: str, variables: dict[str, Any], *, file: str = FILE) -> None:
    """Run Python text of strangers: here, behind every layer, and nowhere else."""
    exec(compile(text, file, "exec"), variables)


class Statements:
    """Runs one text after the other in the same variables.

    Args:
        output: characters that are kept of what one text prints.
    """

    def __init__(self, output: int) -> None:
        self.output = output
        self.variables: dict[str, Any] = {"__name__": "__main__"}

    def __call__(self, message: dict[str, Any], block: bytearray) -> tuple[dict[str, Any], bytes]:
        """{"code"} -> {"ok", "printed", "cut", "error", "trace"}."""
        said = Capped(self.output)
        sys.stdout = sys.stderr = said  # type: ignore[assignment]
        reply: dict[str, Any] = {"ok": True, "error": "", "trace": ""}
        try:
            execute(message["code"], self.variables)
        except BaseException as e:
            reply = {"ok": False, "error": type(e).__name__, "trace": told(e)}
        return {**reply, "printed": said.getvalue(), "cut": said.cut}, b""


class Capped(io.StringIO):
    """Text that keeps its first characters and drops the rest as it is written.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.cut = most, False

    def write(self, text: str) -> int:
        """As of any file; the length is always that of the text."""
        room = self.most - self.tell()
        if len(text) > room:
            self.cut = True
        super().write(text[: max(room, 0)])
        return len(text)


def told(error: BaseException, *, file: str = FILE) -> str:
    """What a person needs of an error: its message and the lines of the program, without a path of this machine."""
    try:
        lines = [
            f"line {f.lineno}, in {f.name}" for f in traceback.extract_tb(error.__traceback__) if f.filename == file
        ]
        if isinstance(error, SyntaxError):
            lines.append(f"line {error.lineno}")
        message = "".join(traceback.format_exception_only(error.__class__, error)).strip().splitlines()[-1]
        return "; ".join([*lines[-5:], message])[:TRACE]
    except BaseException:  # an error may bring its own __str__
        return type(error).__name__
