"""Clips: coloured rectangles that move, cover each other, come late and leave, and a tracker that follows one.

    place(t) = place(0) + t·velocity,    later objects cover earlier ones

The tracker is frozen: it takes the colour that fills most of a box, and from frame to frame the nearest blob of that
colour. Where something else covers the box it finds no object, and an object that disappears is lost for good.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.envs.text.boxes import Box
from rewardlab.envs.text.scenes import COLOURS

INK = "rgbywpoc"
FILLED = 0.8
"""The part of a box that one colour must fill for the tracker to see an object there."""
REACH = 4.0
"""Cells that the middle of a blob may move in a frame."""


@dataclass(frozen=True)
class Mover:
    """A rectangle that moves.

    Attributes:
        colour: a number of COLOURS.
        height: in cells.
        width: in cells.
        row: of its top at frame 0; may lie outside.
        column: of its left side at frame 0.
        down: cells that it moves in a frame.
        right: likewise, to the right.
    """

    colour: int
    height: int
    width: int
    row: int
    column: int
    down: int
    right: int


@dataclass(frozen=True)
class Clip:
    """Moving rectangles, some of which are asked for.

    Attributes:
        size: cells of a side.
        frames: how many.
        movers: later ones cover earlier ones.
        wanted: which of them are asked for.
        asked: how, in words.
    """

    size: int
    frames: int
    movers: tuple[Mover, ...]
    wanted: tuple[int, ...]
    asked: str

    def owners(self) -> np.ndarray:
        """[T, size, size] the number of the object that is seen in each cell, -1 for none."""
        return _owners(self)

    def colours(self) -> np.ndarray:
        """[T, size, size] the number of the colour in each cell, -1 for none."""
        return np.array([*(m.colour for m in self.movers), -1])[self.owners()]

    def masks(self) -> np.ndarray:
        """[W, T, size, size] bool: where each wanted object is seen."""
        owners = self.owners()
        return np.array([owners == k for k in self.wanted])

    def boxes(self, frame: int) -> list[Box]:
        """The boxes of the wanted objects that are seen in a frame, around what is seen of them."""
        return [box for mask in self.masks()[:, frame] if (box := around(mask))]

    def whole(self) -> np.ndarray:
        """[T, size, size] bool: where any wanted object is seen."""
        found: np.ndarray = self.masks().max(axis=0)
        return found

    def area(self) -> np.ndarray:
        """[T] cells in which a wanted object is seen."""
        return self.masks().sum(axis=(0, 2, 3))

    def words(self) -> str:
        """Frames with their numbers, rows with "/" between them, a letter for a colour."""
        letters = np.array([*INK, "."])
        frames = letters[self.colours()]
        return " ".join(f"{t} {'/'.join(map(''.join, frame))}" for t, frame in enumerate(frames.tolist()))


@functools.lru_cache(maxsize=256)
def _owners(clip: Clip) -> np.ndarray:
    out = np.full((clip.frames, clip.size, clip.size), -1)
    for t in range(clip.frames):
        for k, m in enumerate(clip.movers):
            top, left = m.row + t * m.down, m.column + t * m.right
            out[t, max(top, 0) : max(top + m.height, 0), max(left, 0) : max(left + m.width, 0)] = k
    out.flags.writeable = False  # it is handed out again
    return out


def around(mask: np.ndarray) -> Box | None:
    """The smallest box around the cells of a mask [size, size]; None for an empty one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (int(rows[0]), int(columns[0]), int(rows[-1]), int(columns[-1])) if len(rows) else None


def tracked(colours: np.ndarray, box: Box, frame: int) -> np.ndarray:
    """[T, size, size] bool: where the tracker sees the object of a box in a frame, in all frames.

    Args:
        colours: [T, size, size] the number of the colour in each cell, -1 for none.
        box: in that frame.
        frame: which.
    """
    out = np.zeros(colours.shape, dtype=bool)
    inside = colours[frame, box[0] : box[2] + 1, box[1] : box[3] + 1]
    counts = np.bincount(inside[inside >= 0], minlength=len(COLOURS))
    colour = int(counts.argmax())
    if counts[colour] < FILLED * inside.size:
        return out

    def follow(order: range, at: tuple[float, float]) -> None:
        for t in order:
            nearest = min(blobs(colours[t] == colour), key=lambda blob: _far(blob, at), default=None)
            if nearest is None or _far(nearest, at) > REACH:
                return
            out[t], at = nearest, _middle(nearest)

    follow(range(frame, len(colours)), ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
    if out[frame].any():
        follow(range(frame - 1, -1, -1), _middle(out[frame]))
    return out


def blobs(mask: np.ndarray) -> list[np.ndarray]:
    """The areas [size, size] bool of a mask whose cells touch by a side."""
    left = set(zip(*(x.tolist() for x in np.nonzero(mask)), strict=True))
    found = []
    while left:
        area, edge = np.zeros(mask.shape, dtype=bool), [min(left)]
        while edge:
            cell = edge.pop()
            if cell in left:
                left.remove(cell)
                area[cell] = True
                r, c = cell
                edge += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
        found.append(area)
    return found


def _middle(mask: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())


def _far(mask: np.ndarray, at: tuple[float, float]) -> float:
    row, column = _middle(mask)
    return ((row - at[0]) ** 2 + (column - at[1]) ** 2) ** 0.5


def overlap(found: np.ndarray, true: np.ndarray) -> float:
    """The mean over frames of the IoU of masks [T, size, size]; two empty ones agree."""
    both, either = (found & true).sum(axis=(1, 2)), (found | true).sum(axis=(1, 2))
    return float(np.mean(np.where(either == 0, 1.0, both / np.maximum(either, 1))))


def followed(clip: Clip, boxes: Sequence[Box], frame: int) -> np.ndarray:
    """[T, size, size] bool: where the tracker sees any of the objects of some boxes."""
    colours = clip.colours()
    out = np.zeros(colours.shape, dtype=bool)
    for box in boxes:
        out |= tracked(colours, box, frame)
    return out


def best_frame(clip: Clip) -> int | None:
    """The frame that shows most of what is wanted and from which the tracker follows it without a fault, if any."""
    area, true = clip.area(), clip.whole()
    for frame in np.flatnonzero(area == area.max()).tolist():
        if area[frame] and np.array_equal(followed(clip, clip.boxes(frame), frame), true):
            return int(frame)
    return None


def drawn(rng: np.random.Generator, size: int, frames: int, things: int, targets: int, values: int) -> Clip:
    """Rectangles at random, of which `targets` have the colour that is asked for, or one is asked for by an event.

    Clips are drawn until one has a frame from which the tracker finds everything.

    Args:
        rng: the only source of chance.
        size: cells of a side.
        frames: of the clip.
        things: rectangles.
        targets: with the colour that is asked for, at most `things`.
        values: the first so many colours are used, more than `things` - `targets`.
    """
    while True:
        target, *others = rng.permutation(values).tolist()
        colours = [target] * targets + others[: things - targets]
        movers = [_mover(rng, size, frames, colour) for colour in colours]
        order = rng.permutation(things).tolist()
        placed = tuple(movers[k] for k in order)
        wanted = tuple(i for i, k in enumerate(order) if k < targets)
        clip = Clip(size, frames, placed, wanted, COLOURS[target])
        if targets == 1 and rng.random() < 0.5 and (event := _event(clip)):
            clip = event
        if best_frame(clip) is not None:
            return clip


def _mover(rng: np.random.Generator, size: int, frames: int, colour: int) -> Mover:
    """A rectangle that lies inside in some frame."""
    height, width = (int(x) for x in rng.integers(2, 2 + max(size // 4, 1), size=2))
    row, column = int(rng.integers(size - height + 1)), int(rng.integers(size - width + 1))
    down, right = (int(x) for x in rng.integers(-2, 3, size=2))
    when = int(rng.integers(frames))
    return Mover(colour, height, width, row - when * down, column - when * right, down, right)


def _event(clip: Clip) -> Clip | None:
    """The clip, asking for the one that enters last or leaves first, if one does so alone; the others are seen too."""
    owners = clip.owners()
    seen = np.array([[(frame == k).any() for frame in owners] for k in range(len(clip.movers))])  # [K, T]
    if not seen.any(axis=1).all():
        return None
    first, last = seen.argmax(axis=1), clip.frames - 1 - seen[:, ::-1].argmax(axis=1)
    for asked, when, edge in (("enters last", -first, 0), ("leaves first", last, clip.frames - 1)):
        k = int(when.argmin())
        if abs(when[k]) != edge and (when == when[k]).sum() == 1:
            return Clip(clip.size, clip.frames, clip.movers, (k,), asked)
    return None
