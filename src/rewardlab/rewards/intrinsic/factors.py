"""Observations of a space as tuples of small whole numbers: what a table of counts per factor can be kept of."""

import math
from collections.abc import Iterator

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Tree, array
from rewardlab.core.errors import BadBatch, BadSpace

Path = tuple[str | int, ...]
Leaf = tuple[Path, np.ndarray, np.ndarray, np.ndarray]  # where; lowest value, width of a bin, number of bins [D]


class Factors:
    """Every number that an observation holds as a bin, 0 .. K_d - 1.

    Discrete, MultiDiscrete, MultiBinary: the values themselves. Box: `bins` equal parts of its range; integers with
    fewer values than that keep them. Dict, Tuple: the factors of their parts side by side.

    Args:
        space: of the observations; a Box must be bounded.
        bins: parts of a Box's range, >= 2.

    Attributes:
        sizes: [D] how many bins each factor has.

    Raises:
        BadSpace: for an unbounded Box, text, graphs and sequences.
    """

    def __init__(self, space: spaces.Space, bins: int) -> None:
        self._leaves = list(_leaves(space, bins, ()))
        self.sizes = np.concatenate([size for *_, size in self._leaves]).astype(np.int64)

    def __call__(self, obs: Tree, rows: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """The bins [B, D] int64 of observations [*rows, *obs], and which rows hold a NaN, [B] bool.

        What lies outside of a Box's range counts to its outermost bin.

        Raises:
            BadBatch: for an observation of another shape, or an integer outside of its space.
        """
        n, out, wrong = math.prod(rows), [], np.zeros(math.prod(rows), dtype=bool)
        for path, low, width, size in self._leaves:
            x = obs
            for part in path:
                x = x[part]
            x = array(x)
            if x.size != n * len(size):
                raise BadBatch(f"a part of shape {x.shape}", where="Factors", expected=f"{rows} and {len(size)} values")
            x = x.reshape(n, len(size))
            if np.isnan(width).any():  # values, not ranges
                place = x.astype(np.int64) - low.astype(np.int64)
                if ((place < 0) | (place >= size)).any():
                    raise BadBatch("a value outside of its space", where="Factors", expected=f"< {size.tolist()}")
                out.append(place)
                continue
            bad = np.isnan(x)
            wrong |= bad.any(-1)
            part_of = (np.where(bad, low, x) - low) / width
            out.append(np.clip(part_of, 0, size - 1).astype(np.int64))
        return np.concatenate(out, axis=1), wrong


def _leaves(space: spaces.Space, bins: int, path: Path) -> Iterator[Leaf]:
    if isinstance(space, spaces.Dict):
        for k, s in space.spaces.items():
            yield from _leaves(s, bins, (*path, k))
    elif isinstance(space, spaces.Tuple):
        for i, s in enumerate(space.spaces):
            yield from _leaves(s, bins, (*path, i))
    elif isinstance(space, spaces.Discrete):
        yield path, np.array([space.start]), np.array([np.nan]), np.array([space.n])
    elif isinstance(space, (spaces.MultiDiscrete, spaces.MultiBinary)):
        size = space.nvec.ravel() if isinstance(space, spaces.MultiDiscrete) else np.full(math.prod(space.shape), 2)
        low = space.start.ravel() if isinstance(space, spaces.MultiDiscrete) else np.zeros(len(size), dtype=np.int64)
        yield path, low, np.full(len(size), np.nan), size
    elif isinstance(space, spaces.Box) and space.is_bounded():
        low, high = space.low.ravel().astype(np.float64), space.high.ravel().astype(np.float64)
        size = np.full(len(low), bins)
        if np.issubdtype(space.dtype, np.integer):
            size = np.minimum(size, (high - low + 1).astype(np.int64))
            high = high + 1.0  # each bin holds as many integers
        yield path, low, np.where(high > low, high - low, 1.0) / size, size
    else:
        raise BadSpace(
            f"{space} at {'/'.join(map(str, path)) or 'the top'}",
            where="Factors",
            expected="a bounded Box, Discrete, MultiDiscrete, MultiBinary, and Dict or Tuple of them",
            mend="give a Box of the range that observations lie in",
        )
