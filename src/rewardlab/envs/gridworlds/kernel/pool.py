"""Where levels come from: a pool that fills as it is used, or new ones without end."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel.levels import Levels

FIRST = {"train": 10**9, "test": 2 * 10**9}
"""Split -> the seed of its first level; the others follow. Far from each other, and from the seeds that people use."""
LARGEST = 10**9

Draw = Callable[[np.ndarray], Levels]  # seeds [k] uint64 -> k levels


class Pool:
    """A fixed number of levels, each drawn when it is first asked for.

    Args:
        draw: makes levels from seeds.
        size: how many, at most 10^9.
        split: "train" or "test"; the two share no level seed.
    """

    def __init__(self, draw: Draw, size: int, split: str) -> None:
        self._draw, self.size, self.split = draw, size, split
        self._levels: Levels | None = None
        self._have = np.zeros(size, dtype=bool)

    def deal(self, rng: Streams) -> tuple[Levels, np.ndarray]:
        """A level for each row of `rng`: the level of the row's seed first, then levels of the pool."""
        fresh = np.asarray(rng.episode) == 0
        which = np.asarray(rng.integers(self.size))
        if fresh.all():
            return self._draw(rng.seed.view(np.uint64)), np.arange(len(rng))
        need = np.unique(which[~fresh])
        missing = need[~self._have[need]]
        if len(missing):
            self._put(missing, self._draw((missing + FIRST[self.split]).astype(np.uint64)))
        assert self._levels is not None
        if not fresh.any():
            return self._levels, which
        mixed = self._levels.rows(which)
        mixed.put(np.flatnonzero(fresh), self._draw(rng.seed[fresh].view(np.uint64)))
        return mixed, np.arange(len(rng))

    def _put(self, rows: np.ndarray, levels: Levels) -> None:
        if self._levels is None:
            self._levels = levels.room(self.size)
        self._levels.put(rows, levels)
        self._have[rows] = True


class Fresh:
    """A new level for every episode: of the row's seed first, then of seeds that are drawn."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def deal(self, rng: Streams) -> tuple[Any, np.ndarray]:
        """A level for each row of `rng`."""
        drawn = rng.integers(2**31)
        seeds = np.asarray(np.where(rng.episode == 0, rng.seed, drawn), dtype=np.int64).view(np.uint64)
        return self._draw(seeds), np.arange(len(rng))
