"""What goes over the socket of a session: a JSON object and a block of bytes, both with their lengths before them.

Never pickle: who reads does not trust who writes. A frame that is too long, no JSON, no object or too deep is an error
of the other side.
"""

import json
import os
import select
import struct
import time
from collections.abc import Callable
from typing import Any

HEAD = struct.Struct("!II")
JSON_CAP = 1 << 20
_others_turn = getattr(os, "sched_yield", lambda: None)  # not of every system
CHUNK = 1 << 16  # a longer one is fetched from the system and given back each time, which costs more than the reading


class BrokenFrame(Exception):
    """What came is no frame, or the other side is gone."""


class Late(Exception):
    """The deadline passed first."""


def pack(message: dict[str, Any], block: bytes | bytearray | memoryview = b"") -> bytes:
    """One frame. Text that is no unicode is written with escapes."""
    text = json.dumps(message, separators=(",", ":")).encode()
    return b"".join((HEAD.pack(len(text), len(block)), text, block))


def send(channel: int, frame: bytes, *, deadline: float | None = None) -> None:
    """Write all of it.

    Raises:
        Late: if the other side does not read.
        BrokenFrame: if it is gone.
    """
    left = memoryview(frame)
    while left:
        try:
            left = left[os.write(channel, left) :]
        except BlockingIOError:
            _await(channel, deadline, reading=False)
        except OSError as e:
            raise BrokenFrame(f"the other side is gone: {e.strerror}") from None


def receive(
    channel: int,
    *,
    cap: int,
    json_cap: int = JSON_CAP,
    deadline: float | None = None,
    waiting: Callable[[], None] | None = None,
    awake: float = 0.0,
) -> tuple[dict[str, Any], bytearray]:
    """Read one frame.

    Args:
        channel: a socket; one that does not block, if there is a deadline.
        cap: bytes of its block, at most.
        json_cap: bytes of its object, at most.
        deadline: of `time.monotonic()`.
        waiting: called while nothing comes, some twenty times a second.
        awake: seconds in which it is looked for again and again before sleep: to be woken takes longer than to answer
            a short question.

    Raises:
        Late: if it is not there by the deadline.
        BrokenFrame: if it is none, or the other side is gone.
    """
    if awake > 0:
        _look(channel, awake)
    whole = _read(channel, deadline, waiting)
    while len(whole) < HEAD.size:
        whole += _read(channel, deadline, waiting)
    text_size, block_size = HEAD.unpack_from(whole)
    size = HEAD.size + text_size + block_size
    if text_size > json_cap or block_size > cap:
        raise BrokenFrame(f"a frame of {size} bytes")
    while len(whole) < size:
        whole += _read(channel, deadline, waiting)
    if len(whole) > size:
        raise BrokenFrame(f"{len(whole) - size} bytes too many")
    try:
        message = json.loads(bytes(whole[HEAD.size : HEAD.size + text_size]))
    except (ValueError, RecursionError):
        raise BrokenFrame("not JSON") from None
    if not isinstance(message, dict):
        raise BrokenFrame("not an object")
    del whole[: HEAD.size + text_size]
    return message, whole


def clean(text: Any, most: int) -> str:
    """A stranger's text, cut, and safe to print and to write: no lone surrogates, no control characters.

    What is no text is "".
    """
    if not isinstance(text, str):
        return ""
    kept = text[:most].encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in kept)[:most]


def title(text: Any) -> str:
    """A stranger's name for something: `clean`, at most 100 letters, and no second line that could say more."""
    return clean(text, 100).translate({10: " ", 9: " "})


def _read(channel: int, deadline: float | None, waiting: Callable[[], None] | None) -> bytearray:
    """What there is, at least one byte. Questions and answers alternate: nothing of a next frame can be there."""
    if deadline is not None:  # an answer takes its time, so it is waited for before it is looked for
        _await(channel, deadline, reading=True, waiting=waiting)
    while True:
        try:
            some = os.read(channel, CHUNK)
        except BlockingIOError:
            _await(channel, deadline, reading=True, waiting=waiting)
            continue
        except OSError as e:
            raise BrokenFrame(f"the other side is gone: {e.strerror}") from None
        if not some:
            raise BrokenFrame("the other side is gone")
        return bytearray(some)


def _look(channel: int, seconds: float) -> None:
    """Until something is there, or the seconds are over; whoever else wants the processor gets it in between."""
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    until = time.monotonic() + seconds
    while not poll.poll(0) and time.monotonic() < until:
        _others_turn()


def _await(channel: int, deadline: float | None, *, reading: bool, waiting: Callable[[], None] | None = None) -> None:
    poll = select.poll()  # select() ends at file number 1024
    poll.register(channel, select.POLLIN if reading else select.POLLOUT)
    while True:
        left = 3600.0 if deadline is None else deadline - time.monotonic()
        if left <= 0:
            raise Late
        if poll.poll(1000 * min(left, 0.05 if waiting else left)):
            return
        if waiting:
            waiting()
