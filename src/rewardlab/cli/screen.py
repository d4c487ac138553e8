"""A terminal's screen that is drawn again in place and gives one key at a time."""

import os
import re
import select
import signal
import sys
import textwrap
from collections import deque
from types import FrameType
from typing import Any

_ESCAPES = {
    b"[A": "up", b"[B": "down", b"[C": "right", b"[D": "left",
    b"OA": "up", b"OB": "down", b"OC": "right", b"OD": "left",
    b"[5~": "pageup", b"[6~": "pagedown", b"[H": "home", b"[F": "end", b"[3~": "delete",
}  # fmt: skip
_CONTROLS = {" ": "space", "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x04": "end of input"}
_WHOLE = re.compile(rb"\x1b(\[[0-9;]*[~A-Za-z]|O[A-Za-z])")
_BEGUN = re.compile(rb"\x1b(\[[0-9;]*|O)?\Z")
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h\x1b[?1049l"  # other page, no cursor, no wrapping


def key_names(data: bytes) -> list[str]:
    """What was pressed: letters and signs as they are, other keys by name ("up", "space", "enter", "escape", ...)."""
    found: list[str] = []
    while data:
        escape = _WHOLE.match(data)
        if escape:
            found += [_ESCAPES[escape[1]]] if escape[1] in _ESCAPES else []
            data = data[escape.end() :]
        elif data[0] == 0x1B:
            found.append("escape")
            data = data[1:]
        else:
            text, escape_sign, rest = data.partition(b"\x1b")
            letters = text.decode(errors="ignore")
            found += [_CONTROLS.get(c, c) for c in letters if c in _CONTROLS or c.isprintable()]
            data = escape_sign + rest
    return found


def usable() -> bool:
    """True where keys can be read one by one and the screen can be drawn again: at a terminal, not in a pipe."""
    try:
        import termios  # noqa: F401
    except ImportError:  # Windows
        return False
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Screen:
    """A page of its own on the terminal of stdin and stdout, while the `with` lasts.

    However it ends, with an error or Ctrl-C too, the terminal is as it was.
    """

    def __init__(self) -> None:
        self._keys: deque[str] = deque()
        self._in = sys.stdin.fileno()

    def __enter__(self) -> "Screen":
        import termios
        import tty

        self._before = termios.tcgetattr(self._in)
        self._killed = signal.signal(signal.SIGTERM, _leave)
        try:
            tty.setcbreak(self._in)  # Ctrl-C still interrupts
            attributes = termios.tcgetattr(self._in)
            # A stopped program would leave its shell on this page.
            attributes[6][termios.VSUSP] = bytes([os.fpathconf(self._in, "PC_VDISABLE") & 0xFF])
            termios.tcsetattr(self._in, termios.TCSADRAIN, attributes)
            self._write(_ENTER)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: Any) -> None:
        import termios

        try:
            self._write(_LEAVE)
        finally:
            termios.tcsetattr(self._in, termios.TCSADRAIN, self._before)
            signal.signal(signal.SIGTERM, self._killed)

    def show(self, picture: str, below: str) -> None:
        """Draw a picture with some lines below it, which are wrapped; a picture that is too high is cut at its end."""
        columns, rows = self.size()
        under = [part for line in below.split("\n") for part in textwrap.wrap(line, max(columns, 2)) or [""]]
        lines = picture.split("\n")
        room = max(rows - len(under), 1)
        if len(lines) > room:
            lines = [*lines[: room - 1], "..."]
        shown = [*lines, *under][:rows]
        self._write("\x1b[H" + "\n".join(f"\x1b[2K{line}\x1b[0m" for line in shown) + "\x1b[J")

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        columns, rows = os.get_terminal_size(sys.stdout.fileno())
        return columns, rows

    def key(self, wait: float | None = None) -> str | None:
        """Wait for a key, see `key_names`; "" if none comes within `wait` seconds, None at the end of input."""
        while not self._keys:
            if wait is not None and not select.select([self._in], [], [], wait)[0]:
                return ""
            data = os.read(self._in, 256)
            while data and _BEGUN.search(data) and select.select([self._in], [], [], 0.05)[0]:
                more = os.read(self._in, 256)
                if not more:
                    break
                data += more
            if not data:
                return None
            self._keys.extend(key_names(data))
        name = self._keys.popleft()
        return None if name == "end of input" else name

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
