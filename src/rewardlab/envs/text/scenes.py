"""Scenes: a few objects on a grid, each with a shape, a colour and a place, drawn as letters or numbers.

    cell (row, column) of the picture = colour and shape of the object there, or nothing
    in frame t an object is at its place + t·motion

What a scene shows is known by construction, so captions, answers and pictures about it can be judged exactly.
Objects are numbered in reading order: from the top, and in a row from the left, as they lie in the first frame.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

COLOURS = ("red", "green", "blue", "yellow", "white", "pink", "orange", "cyan")
SHAPES = ("circle", "square", "triangle", "star", "cross", "heart", "moon", "ring")
PLACES = ("top-left", "top-right", "bottom-left", "bottom-right")
RELATIONS = ("above", "below", "left-of", "right-of")
ORDINALS = ("first", "second", "third", "fourth")
ASPECTS = ("shape", "colour", "place")
MOTIONS = {"resting": (0, 0), "rising": (-1, 0), "sinking": (1, 0), "going-left": (0, -1), "going-right": (0, 1)}
"""Cells down and to the right that an object moves in a frame; a scene of several frames has them as an aspect too."""


@dataclass(frozen=True)
class Thing:
    """One object.

    Attributes:
        shape: a word of SHAPES.
        colour: a word of COLOURS.
        row: from 0 at the top.
        column: from 0 at the left.
        motion: a word of MOTIONS.
    """

    shape: str
    colour: str
    row: int
    column: int
    motion: str = "resting"

    def place(self, size: int) -> str:
        """The quarter of the picture that it lies in, a word of PLACES."""
        return PLACES[2 * (2 * self.row >= size) + (2 * self.column >= size)]

    def aspects(self, size: int) -> dict[str, str]:
        """Its shape, colour and place."""
        return {"shape": self.shape, "colour": self.colour, "place": self.place(size)}

    def at(self, frame: int) -> tuple[int, int]:
        """Row and column in a frame."""
        down, right = MOTIONS[self.motion]
        return self.row + frame * down, self.column + frame * right


@dataclass(frozen=True)
class Scene:
    """Objects on a square grid.

    Attributes:
        size: cells of a side.
        things: in reading order, no two in one cell.
        frames: how many pictures there are.
    """

    size: int
    things: tuple[Thing, ...]
    frames: int = 1

    def aspects(self, k: int) -> dict[str, str]:
        """Shape, colour and place of an object, and its motion if there are several frames."""
        moving = {"motion": self.things[k].motion} if self.frames > 1 else {}
        return {**self.things[k].aspects(self.size), **moving}

    def picture(self) -> str:
        """Rows of cells with "/" between them, and a space between frames.

        A cell shows the first letters of colour and shape (upper case), or two points.
        """
        side = range(self.size)
        frames = [{t.at(frame): _code(t) for t in self.things} for frame in range(self.frames)]
        return " ".join("/".join("".join(f.get((row, col), "..") for col in side) for row in side) for f in frames)

    def raster(self) -> np.ndarray:
        """[size, size, 2] int64: 1 + the number of the colour and of the shape in each cell, 0 where nothing is."""
        out = np.zeros((self.size, self.size, 2), dtype=np.int64)
        for t in self.things:
            out[t.row, t.column] = 1 + COLOURS.index(t.colour), 1 + SHAPES.index(t.shape)
        return out

    def related(self, one: int, relation: str, other: int) -> bool:
        """Does this relation, a word of RELATIONS, hold between two objects, numbered from 0?"""
        a, b = self.things[one], self.things[other]
        return {
            "above": a.row < b.row,
            "below": a.row > b.row,
            "left-of": a.column < b.column,
            "right-of": a.column > b.column,
        }[relation]


def scene(
    rng: np.random.Generator, size: int, things: int, values: int, corners: bool = False, frames: int = 1
) -> Scene:
    """A scene with shapes, colours and cells at random.

    Args:
        rng: the only source of chance.
        size: cells of a side, at least 2.
        things: how many, at most as many as cells, or 4 with `corners`.
        values: the first so many shapes and colours are used.
        corners: objects lie in corners only, so that no two share a place.
        frames: with several, objects move, never out of the picture nor into one another.
    """
    if corners:
        last = size - 1
        cells = [(last * (k // 2), last * (k % 2)) for k in rng.choice(4, size=things, replace=False).tolist()]
    else:
        cells = [divmod(k, size) for k in rng.choice(size * size, size=things, replace=False).tolist()]
    looks = rng.integers(values, size=(things, 2)).tolist()
    found = [Thing(SHAPES[s], COLOURS[c], row, col) for (row, col), (s, c) in zip(sorted(cells), looks, strict=True)]
    if frames == 1:
        return Scene(size, tuple(found))
    while True:
        motions = [[*MOTIONS][k] for k in rng.integers(len(MOTIONS), size=things).tolist()]
        moved = tuple(dataclasses.replace(t, motion=motion) for t, motion in zip(found, motions, strict=True))
        seen = [[t.at(frame) for t in moved] for frame in range(frames)]
        if all(len(set(at)) == things and all(0 <= x < size for place in at for x in place) for at in seen):
            return Scene(size, moved, frames)


def legend(values: int) -> str:
    """What the letters of a picture mean."""
    colours = ", ".join(f"{_colour(w)} {w}" for w in COLOURS[:values])
    shapes = ", ".join(f"{_shape(w)} {w}" for w in SHAPES[:values])
    return f"{colours}; {shapes}"


_COLOUR_LETTERS = dict(zip(COLOURS, "rgbywpoc", strict=True))
_SHAPE_LETTERS = dict(zip(SHAPES, "CSTAXHMR", strict=True))


def _colour(word: str) -> str:
    return _COLOUR_LETTERS[word]


def _shape(word: str) -> str:
    return _SHAPE_LETTERS[word]


def _code(thing: Thing) -> str:
    return _colour(thing.colour) + _shape(thing.shape)
