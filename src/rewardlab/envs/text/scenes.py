"""Scenes: a few objects on a grid, each with a shape, a colour and a place, drawn as letters or numbers.

    cell (row, column) of the picture = colour and shape of the object there, or nothing

What a scene shows is known by construction, so captions, answers and pictures about it can be judged exactly.
Objects are numbered in reading order: from the top, and in a row from the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

COLOURS = ("red", "green", "blue", "yellow", "white", "pink", "orange", "cyan")
SHAPES = ("circle", "square", "triangle", "star", "cross", "heart", "moon", "ring")
PLACES = ("top-left", "top-right", "bottom-left", "bottom-right")
RELATIONS = ("above", "below", "left-of", "right-of")
ORDINALS = ("first", "second", "third", "fourth")
ASPECTS = ("shape", "colour", "place")


@dataclass(frozen=True)
class Thing:
    """One object.

    Attributes:
        shape: a word of SHAPES.
        colour: a word of COLOURS.
        row: from 0 at the top.
        column: from 0 at the left.
    """

    shape: str
    colour: str
    row: int
    column: int

    def place(self, size: int) -> str:
        """The quarter of the picture that it lies in, a word of PLACES."""
        return PLACES[2 * (2 * self.row >= size) + (2 * self.column >= size)]

    def aspects(self, size: int) -> dict[str, str]:
        """Its shape, colour and place."""
        return {"shape": self.shape, "colour": self.colour, "place": self.place(size)}


@dataclass(frozen=True)
class Scene:
    """Objects on a square grid.

    Attributes:
        size: cells of a side.
        things: in reading order, no two in one cell.
    """

    size: int
    things: tuple[Thing, ...]

    def picture(self) -> str:
        """Rows of cells with "/" between them: the first letters of colour and shape (upper case), or two points."""
        cells = {(t.row, t.column): _code(t) for t in self.things}
        return "/".join(
            "".join(cells.get((row, column), "..") for column in range(self.size)) for row in range(self.size)
        )

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


def scene(rng: np.random.Generator, size: int, things: int, values: int, corners: bool = False) -> Scene:
    """A scene with shapes, colours and cells at random.

    Args:
        rng: the only source of chance.
        size: cells of a side, at least 2.
        things: how many, at most as many as cells, or 4 with `corners`.
        values: the first so many shapes and colours are used.
        corners: objects lie in corners only, so that no two share a place.
    """
    if corners:
        last = size - 1
        cells = [(last * (k // 2), last * (k % 2)) for k in rng.choice(4, size=things, replace=False).tolist()]
    else:
        cells = [divmod(k, size) for k in rng.choice(size * size, size=things, replace=False).tolist()]
    looks = rng.integers(values, size=(things, 2)).tolist()
    return Scene(
        size,
        tuple(Thing(SHAPES[s], COLOURS[c], row, col) for (row, col), (s, c) in zip(sorted(cells), looks, strict=True)),
    )


def words(values: int, names: Sequence[str]) -> tuple[str, ...]:
    """The first `values` words of SHAPES or COLOURS."""
    return tuple(names[:values])


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
