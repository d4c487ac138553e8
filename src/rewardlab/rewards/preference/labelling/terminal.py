"""Label pairs in a terminal: both clips side by side on one clock, with the keys of the page.

The screen comes as an argument: whatever shows a picture with lines below it and gives a key, and the terminal itself
is the command line's business. An answer is written before the next pair is shown.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.labelling.blocks import Painter, letters
from rewardlab.rewards.preference.labelling.clips import Clip, frames_of
from rewardlab.rewards.preference.labelling.store import LabelStore, NotHeld, Query

ANSWERS: dict[str, float | None] = {
    "left": 1.0, "1": 1.0, "right": 0.0, "2": 0.0, "down": 0.5, "0": 0.5, "e": 0.5, "s": None,
}  # fmt: skip
SAID = {1.0: "left is better", 0.0: "right is better", 0.5: "equally good", None: "skipped"}
HELP = (
    "← or 1 left is better   → or 2 right   ↓, 0 or e equal   s skip   u undo   "
    "space pause   , . step   - + speed   q leave"
)
_SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
_POLL = 2.0  # seconds between two looks for new pairs
_GAP = 3  # columns between the clips
_BELOW = 7  # rows that the text below the clips may take


class Screen(Protocol):
    """What `label` needs of a terminal."""

    def size(self) -> tuple[int, int]:
        """Columns and rows."""

    def show(self, picture: str, below: str) -> None:
        """Draw a picture and the lines below it, in place of the last."""

    def key(self, wait: float | None = None) -> str | None:
        """The next key by name; "" if none comes within `wait` seconds, None at the end of input."""


def label(
    store: LabelStore,
    annotator: str,
    screen: Screen,
    *,
    paint: Painter = letters,
    frames_per_second: float = 8.0,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Ask for one pair after the other until the annotator leaves; returns how many answers stand from this sitting.

    Args:
        store: the queries, and where answers go.
        annotator: their name.
        screen: shows and asks.
        paint: frames -> lines, see `blocks.painter`.
        frames_per_second: of both clips.
        clock: seconds, for the time that an answer took.

    Raises:
        BadOption: for a rate that is not positive.
        BadStore: if an answer cannot be written; those before it are.
    """
    if not frames_per_second > 0:
        raise BadOption(f"frames_per_second={frames_per_second!r}", where="terminal.label", expected="above 0")
    sitting = _Sitting(store, annotator, screen, paint, frames_per_second, clock)
    query = store.next(annotator)
    while True:
        if query is None:
            screen.show(
                "", f"Nothing to label right now: {sitting.counted()}. New pairs appear by themselves; u undo, q leave."
            )
            key = screen.key(_POLL)
        else:
            key = sitting.watch(query)
        if key is None or key in ("q", "escape"):
            return sitting.given
        if key in ("u", "backspace"):
            query = sitting.undo() or query
        elif query is not None:
            sitting.answer(query, ANSWERS[key])
            query = store.next(annotator)
        else:
            query = store.next(annotator)


@dataclass
class _Sitting:
    store: LabelStore
    annotator: str
    screen: Screen
    paint: Painter
    rate: float
    clock: Callable[[], float]
    given: int = 0
    last: str = ""
    _began: float = 0.0
    _speed: int = 2
    _drawn: dict[tuple[int, int, int, int], list[str]] = field(default_factory=dict)

    def watch(self, query: Query) -> str | None:
        """Play a pair until a key answers, undoes or leaves; that key."""
        clips = [self._frames(c) for c in (query.first, query.second)]
        length = max(map(len, clips))
        self._began, at, playing = self.clock(), 0, True
        self._drawn.clear()
        shown = self.clock()  # when the frame on the screen was due
        while True:
            self._draw(query, clips, at, playing)
            pause = 1 / (self.rate * _SPEEDS[self._speed])
            key = self.screen.key(max(0.0, shown + pause - self.clock()) if playing and length > 1 else None)
            if key == "":
                at, shown = (at + 1) % length, shown + pause
                shown = max(shown, self.clock() - pause)  # a slow terminal plays slowly and skips nothing
            elif key in (None, "q", "escape", "u", "backspace") or key in ANSWERS:
                return key
            elif key == "space":
                playing, shown = not playing, self.clock()
            elif key in (",", "."):
                at, playing = (at + (1 if key == "." else -1)) % length, False
            elif key in ("-", "+", "="):
                self._speed = min(max(self._speed + (-1 if key == "-" else 1), 0), len(_SPEEDS) - 1)

    def answer(self, query: Query, said: float | None) -> None:
        seconds = max(0.0, self.clock() - self._began)
        try:
            self.store.answer(query.number, self.annotator, said, key=secrets.token_hex(16), seconds=seconds)
        except NotHeld:  # another window of the same person was quicker
            self.last = "that pair was answered elsewhere meanwhile"
            return
        self.given += 1
        self.last = f"{SAID[said]} (u: undo)"

    def undo(self) -> Query | None:
        back = self.store.undo(self.annotator)
        self.given -= back is not None
        self.last = "nothing to undo" if back is None else "back to the pair before"
        return back

    def counted(self) -> str:
        done, total = self.store.progress()
        return f"{done} of {total} labelled"

    def _frames(self, clip: Clip | None) -> np.ndarray:
        data = None if clip is None else self.store.clip(clip.number, clip.tag)
        if clip is None or data is None:
            return np.zeros((1, 2, 2, 3), dtype=np.uint8)
        return frames_of(data, clip)

    def _draw(self, query: Query, clips: list[np.ndarray], at: int, playing: bool) -> None:
        columns, rows = self.screen.size()
        wide, high = max((columns - _GAP) // 2, 1), max(rows - _BELOW, 1)
        sides = []
        for side, frames in enumerate(clips):
            place = (side, min(at, len(frames) - 1), wide, high)
            if place not in self._drawn:
                self._drawn[place] = self.paint(frames[place[1]], wide, high)
            sides.append(self._drawn[place])
        lines = [f"{a}{' ' * _GAP}{b}" for a, b in zip(*_level(sides), strict=True)]
        told = [self.counted(), f"frame {at + 1} of {max(map(len, clips))}"]
        told += [] if playing else ["paused"]
        told += [] if _SPEEDS[self._speed] == 1 else [f"{_SPEEDS[self._speed]:g}x"]
        told += [self.last] if self.last else []
        self.screen.show("\n".join(lines), f"{query.task}\n{'   '.join(told)}\n{HELP}")


def _level(sides: list[list[str]]) -> list[list[str]]:
    """Both pictures of one height; what is missing below the lower one is blank."""
    high = max(map(len, sides))
    return [lines + [" " * _width(lines[0])] * (high - len(lines)) for lines in sides]


def _width(line: str) -> int:
    """Columns that a painted line takes on the screen: its colours take none."""
    return sum(len(part.partition("m")[2]) if i else len(part) for i, part in enumerate(line.split("\x1b[")))
