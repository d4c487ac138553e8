"""Levels as arrays: where everything is when an episode begins."""

from dataclasses import dataclass, fields

import numpy as np

from rewardlab.envs.gridworlds.kernel.codes import CARRIED, EMPTY, FIELDS, TAKE_AT, WIDE


@dataclass
class Levels:
    """L levels of one size.

    Attributes:
        cells: [L, width * height] uint8 codes, x-major.
        inside: [L, width * height] uint8, what the box in a cell holds, 0 for nothing.
        tags: [L, width * height] uint8, in which sets of an instruction the object in a cell is.
        field: [L, FIELDS + obstacles] int32, see `codes`.
        wide: [L, WIDE] uint64: the seed of the level and the state of its generator.
        words: [L, M] int64, the word ids of the mission, 0 behind the last.
    """

    cells: np.ndarray
    inside: np.ndarray
    tags: np.ndarray
    field: np.ndarray
    wide: np.ndarray
    words: np.ndarray

    @classmethod
    def empty(cls, count: int, size: int, *, length: int, balls: int = 0) -> "Levels":
        """Room for `count` levels of `size` cells, with missions of `length` words."""
        field = np.zeros((count, FIELDS + balls), dtype=np.int32)
        field[:, CARRIED] = EMPTY
        field[:, TAKE_AT] = -1
        cells, inside, tags = np.zeros((3, count, size), dtype=np.uint8)
        return cls(
            cells,
            inside,
            tags,
            field,
            np.zeros((count, WIDE), dtype=np.uint64),
            np.zeros((count, length), dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.cells)

    def rows(self, rows: np.ndarray) -> "Levels":
        """Some of the levels, as copies."""
        return Levels(*(getattr(self, f.name)[rows] for f in fields(self)))

    def put(self, rows: np.ndarray, other: "Levels") -> None:
        """Write the levels of `other` into these rows."""
        for f in fields(self):
            getattr(self, f.name)[rows] = getattr(other, f.name)

    def room(self, count: int) -> "Levels":
        """Room for `count` levels like these, empty."""
        return Levels(
            *(np.zeros((count, *x.shape[1:]), x.dtype) for x in (getattr(self, f.name) for f in fields(self)))
        )
