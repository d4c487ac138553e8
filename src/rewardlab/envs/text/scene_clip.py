"""Objects in clips: name the frame that shows them best and their boxes there; a tracker does the rest.

    R = R_format + R_frame + R_boxes + R_masks
    R_frame = C_k / max_t C_t,    R_boxes = Σ IoU over the best matching / max(N, N_true)
    R_masks = mean over frames of IoU(tracked from the matched boxes, true)

C_t are the cells in which what is asked for is seen. The tracker couples both decisions: a good box in a bad frame is
followed badly. A perfect answer has 4.

Source: Gong et al., "Reinforcing Video Reasoning Segmentation to Think Before It Segments", 2025 (the four rewards).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text import boxes, clips
from rewardlab.envs.text.clips import Clip, Mover
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, flat, unescaped
from rewardlab.envs.text.scenes import COLOURS
from rewardlab.envs.world import Card

_ANSWER = re.compile(r"\s*answer\s*:\s*(\d{1,3})\s*\|\s*([\d\s;]*?)\s*\.?\s*", re.IGNORECASE)

FULL = 4 - 1e-9


@dataclass
class SceneClip(Dialogue):
    """Find objects in a clip: any lines of thought, then answer: FRAME | top left bottom right; ...

    Args:
        size: cells of a side, 6..16.
        frames: 2..10.
        things: rectangles, 1..4.
        targets: of the colour that is asked for, 1..2, at most `things`; with one, it may be asked for as the one that
            enters last or leaves first.
        values: colours, more than `things` - `targets`, 2..8.

    Raises:
        BadOption: for values outside these ranges.
    """

    size: int = 8
    frames: int = 4
    things: int = 3
    targets: int = 1
    values: int = 4

    parts = ("format", "frame", "boxes", "masks")
    columns = {"frame": -1, "boxes": 0, "area": 0.0}

    def __post_init__(self) -> None:
        ranges = (
            ("size", 6, 16), ("frames", 2, 10), ("things", 1, 4), ("targets", 1, min(2, self.things)),
            ("values", max(2, 1 + self.things - self.targets), 8),
        )  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="SceneClip", expected=f"{low}..{high}")
        self.said = 400
        self.heard = 700 + self.frames * (self.size * (self.size + 1) + 4)
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Clip:
        return clips.drawn(rng, self.size, self.frames, self.things, self.targets, self.values)

    def prompt(self, task: Clip) -> str:
        if self.brief:
            return f"{task.asked} {task.words()}"
        letters = ", ".join(f"{clips.INK[k]} {word}" for k, word in enumerate(COLOURS[: self.values]))
        what = f"each {task.asked} rectangle" if task.asked in COLOURS else f"the rectangle that {task.asked}"
        return (
            f"A clip of {self.frames} frames of {self.size} x {self.size} cells, row by row ({letters}): {task.words()}"
            f" Find {what}. Choose the frame that shows most of it, and say answer: FRAME | its top, left, bottom and "
            "right there, from 0, as far as it is seen, such as answer: 2 | 0 0 1 2; 3 3 5 7. You may think first."
        )

    def read(self, said: str) -> tuple[int, tuple[boxes.Box, ...]] | None:
        """The frame and the boxes of the last line."""
        lines = [line for line in unescaped(said).split("\n") if line.strip()]
        found = _ANSWER.fullmatch(flat(lines[-1])) if lines else None
        named = boxes.read(found[2], self.size) if found else None
        return (int(found[1]), named) if found and named and int(found[1]) < self.frames else None

    def score(self, said: str, task: Clip) -> dict[str, float]:
        """The four rewards, 0..1 each; nothing for what is no answer."""
        found = self.read(said)
        if found is None or found[0] >= task.frames:
            return {}
        frame, named = found
        area, true = task.area(), task.boxes(frame)
        cost = np.array([[1 - boxes.iou(a, b) for b in true] for a in named]).reshape(len(named), len(true))
        pairs = boxes.match(cost)
        hit = sum(1 - cost[i, j] for i, j in pairs)
        masks = clips.followed(task, [named[i] for i, _ in pairs], frame)
        return {
            "format": 1.0,
            "frame": float(area[frame] / area.max()),
            "boxes": float(hit / max(len(named), len(true))),
            "masks": clips.overlap(masks, task.whole()),
        }

    def hear(self, task: Clip, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        parts, found = self.score(said, task), self.read(said)
        if not parts or found is None:
            return Heard("pardon", over=True, understood=False)
        columns = {"frame": found[0], "boxes": len(found[1]), "area": parts["frame"]}
        right = sum(parts.values()) >= FULL
        return Heard("right" if right else "wrong", parts, True, right, None, True, columns)

    def check(self, said: str, task: Clip) -> bool:
        """Is it perfect: the best frame, all boxes and no other, and the tracker finds everything?"""
        return sum(self.score(said, task).values()) >= FULL

    def expert(self, task: Clip, memory: Any, rng: np.random.Generator) -> str:
        frame = clips.best_frame(task) or 0
        return f"answer: {frame} | {boxes.written(task.boxes(frame))}"

    def examples(self) -> Sequence[Example]:
        red, blue = Mover(0, 2, 3, 0, 0, 0, 1), Mover(2, 2, 2, 4, 4, -1, 0)
        task = Clip(6, 2, (red, blue), (0,), "red")
        right = ("answer: 0 | 0 0 1 2", "answer: 1 | 0 1 1 3", " Answer:1|0 1 1 3. ", "it moves\nanswer: 00 | 0 0 1 2")
        wrong = (
            "", "answer: 0", "answer: 0 |", "answer: 0 | none", "answer: 0 | 0 0 1 1", "answer: 1 | 0 0 1 2",
            "answer: 2 | 0 0 1 2", "answer: 0 | 0 0 1 2; 4 4 5 5", "answer: 0 | 4 4 5 5", "answer: 0 | 0 0 1 2 | 0",
            "answer: -1 | 0 0 1 2", "answer: 0 | 1 2 0 0", "answer: 0 | 0 0 1 2;", "0 | 0 0 1 2",
            "answer: 0 | 0 0 1 99", "answer: \uff10 | 0 0 1 2", "answer: 0 | 0 0 1 2" * 50,
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        words = ("answer: ", "enters last", "leaves first", "right", "wrong", "pardon", " ", "/", ".", "|", ";")
        return (*words, *"0123456789", *COLOURS[: self.values], *clips.INK[: self.values])

    def card(self) -> Card:
        return Card(
            summary=f"Find moving rectangles in {self.frames} frames of {self.size} x {self.size} cells.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": "lines of thought, then answer: FRAME | top left bottom right; ... in that frame"},
            reward=(
                "0..4: 1 for the form, the share of the largest area that the frame shows, the mean IoU of the boxes, "
                "and the mean IoU over frames of what a tracker finds from them"
            ),
            info={
                "frame": "the frame that was chosen, -1 for none",
                "boxes": "boxes that were named",
                "area": "the share of the largest area that the frame shows, 0..1",
                **self.told(),
            },
            optimal_return=4.0,
            source="Gong et al., Reinforcing Video Reasoning Segmentation to Think Before It Segments, 2025",
        )
