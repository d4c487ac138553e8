"""Label pairs in a notebook, without widgets: both clips in one moving picture, answers by calls or by typing.

A `Sitting` shows itself where a notebook shows the value of a cell; each answer gives it back, so that a cell with
`sitting.label("left")` shows the next pair. `ask()` asks for one answer after the other in the line below the picture.
"""

import base64
import html
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, UnknownName, nearest
from rewardlab.rewards.preference.labelling.clips import Clip, animated, frames_of
from rewardlab.rewards.preference.labelling.store import LabelStore, Query

ANSWERS: dict[str, float | None] = {
    "left": 1.0, "l": 1.0, "1": 1.0, "right": 0.0, "r": 0.0, "2": 0.0, "equal": 0.5, "e": 0.5, "0": 0.5,
    "skip": None, "s": None,
}  # fmt: skip
_ASKED = "left, right, equal, skip, undo or quit? "
_GAP = 12  # pixels between the clips


@dataclass
class Sitting:
    """One person who labels in a notebook.

    Args:
        store: the queries, and where answers go.
        annotator: their name.
        frames_per_second: of both clips.
        clock: seconds, for the time that an answer took.

    Attributes:
        query: the pair that is shown; None if there is none for now.

    Raises:
        BadOption: for a rate that is not positive.
    """

    store: LabelStore
    annotator: str
    frames_per_second: float = 8.0
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        if not self.frames_per_second > 0:
            raise BadOption(f"frames_per_second={self.frames_per_second!r}", where="Sitting", expected="above 0")
        self.query: Query | None = None
        self._take(self.store.next(self.annotator))

    def label(self, answer: str) -> "Sitting":
        """Answer the pair that is shown: "left", "right", "equal" or "skip", or "l", "r", "e", "s"; shows the next.

        Raises:
            UnknownName: for another word.
            BadOption: if no pair is shown.
        """
        word = answer.strip().lower()
        if word not in ANSWERS:
            raise UnknownName(f"no answer {answer!r}", where="Sitting.label", mend=nearest(word, ANSWERS))
        if self.query is None:
            raise BadOption("no pair is shown", where="Sitting.label", mend="next() looks for new ones")
        seconds = max(0.0, self.clock() - self._began)
        key = secrets.token_hex(16)
        self.store.answer(self.query.number, self.annotator, ANSWERS[word], key=key, seconds=seconds)
        return self.next()

    def undo(self) -> "Sitting":
        """Take back the last answer; shows that pair again."""
        self._take(self.store.undo(self.annotator) or self.query)
        return self

    def next(self) -> "Sitting":
        """Show the next pair, or the same one if it is not answered."""
        self._take(self.store.next(self.annotator))
        return self

    def ask(
        self, *, display: Callable[[Any], object] | None = None, read: Callable[[str], str] = input
    ) -> dict[str, int]:
        """Show pairs and read answers until none is left or "quit" is typed.

        Args:
            display: shows the pair; by default the notebook's own.
            read: asks for a line of text.

        Returns:
            How many were answered, and how many there are.
        """
        show = _shower() if display is None else display
        while self.query is not None:
            show(self)
            word = read(_ASKED).strip().lower()
            while word not in {*ANSWERS, "undo", "u", "quit", "q"}:
                word = read(_ASKED).strip().lower()
            if word in ("quit", "q"):
                break
            if word in ("undo", "u"):
                self.undo()
            else:
                self.label(word)
        done, total = self.store.progress()
        return {"done": done, "total": total}

    def picture(self) -> bytes | None:
        """Both clips as one animated WebP, the shorter resting on its last frame; None if no pair is shown."""
        if self.query is None or self.query.first is None or self.query.second is None:
            return None
        return animated(
            beside(self._frames(self.query.first), self._frames(self.query.second)),
            frames_per_second=self.frames_per_second,
        )

    def _frames(self, clip: Clip) -> np.ndarray:
        data = self.store.clip(clip.number, clip.tag)
        if data is None:
            raise UnknownName(f"no clip {clip.name}", where=str(self.store.path))
        return frames_of(data, clip)

    def _take(self, query: Query | None) -> None:
        self.query, self._began = query, self.clock()

    def __repr__(self) -> str:
        done, total = self.store.progress()
        what = "nothing to label right now" if self.query is None else f"query {self.query.number}: {self.query.task}"
        return f"{what} ({done} of {total} labelled)"

    def _repr_html_(self) -> str:
        done, total = self.store.progress()
        picture = self.picture()
        if self.query is None or picture is None:
            return f"<p>Nothing to label right now ({done} of {total} labelled).</p>"
        data = base64.b64encode(picture).decode("ascii")
        return (
            f"<p><b>{html.escape(self.query.task)}</b> ({done} of {total} labelled)</p>"
            f'<img alt="Two clips, left and right" src="data:image/webp;base64,{data}">'
            '<p><code>label("left")</code>, <code>"right"</code>, <code>"equal"</code>, <code>"skip"</code>; '
            "<code>undo()</code></p>"
        )


def beside(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Frames [T1, H1, W1, 3] and [T2, H2, W2, 3] as [max T, max H, W1 + gap + W2, 3]; white where there is nothing."""
    steps = max(len(first), len(second))
    high = max(first.shape[1], second.shape[1])
    out = np.full((steps, high, first.shape[2] + _GAP + second.shape[2], 3), 255, dtype=np.uint8)
    for frames, left in ((first, 0), (second, first.shape[2] + _GAP)):
        rest = np.minimum(np.arange(steps), len(frames) - 1)
        out[:, : frames.shape[1], left : left + frames.shape[2]] = frames[rest]
    return out


def _shower() -> Callable[[Any], object]:
    """The notebook's own way to show a value.

    Raises:
        BadOption: outside a notebook.
    """
    try:
        from IPython.display import display
    except ImportError:
        raise BadOption(
            "no notebook here", where="Sitting.ask", mend="pip install ipython, or ask(display=...), or label(...)"
        ) from None
    return display
