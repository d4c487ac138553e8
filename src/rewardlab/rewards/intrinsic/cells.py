"""Coarse views of observations, whose values are cells: what is near falls into one of them."""

import numpy as np

from rewardlab.core.arrays import Array, Tree, array
from rewardlab.core.errors import BadBatch
from rewardlab.core.hashing import rows_of


def grid(obs: Tree, rows: tuple[int, ...], width: float) -> np.ndarray:
    """⌊x / width⌋ of all numbers of observations [*rows, *obs], side by side: [B, D] float64; NaN stays NaN."""
    leaves = rows_of(obs, rows)
    if any(x.dtype == object for x in leaves):
        raise BadBatch("text observations", where="grid", expected="numbers", mend="give `cell`, a view of your own")
    return np.concatenate([np.floor(x.astype(np.float64) / width) for x in leaves], axis=1) + 0.0  # no -0


def downscaled(pictures: Array, height: int = 8, width: int = 11, levels: int = 8) -> np.ndarray:
    """Pictures as small grey ones of few levels, the cells of Go-Explore: [*lead, height, width] int64, 0 .. levels.

    The mean over the channels and over each of height x width areas as equal as can be, divided into levels of 256.

    Args:
        pictures: [*lead, rows, columns, channels] of 0 .. 255.
        height, width: of the small picture, at most that of the large one.
        levels: how many parts 0 .. 255 is divided into, >= 1.

    Raises:
        BadBatch: for pictures that are smaller than that or have no channels.
    """
    x = array(pictures)
    if x.ndim < 3 or x.shape[-3] < height or x.shape[-2] < width:
        raise BadBatch(
            f"pictures of shape {x.shape}", where="downscaled", expected=f"[..., >= {height}, >= {width}, channels]"
        )
    grey = x.astype(np.float64).mean(-1)
    for axis, parts in ((-2, height), (-1, width)):
        edges = np.arange(parts) * grey.shape[axis] // parts
        sizes = np.diff(np.append(edges, grey.shape[axis]))
        sums = np.add.reduceat(grey, edges, axis=axis)
        grey = sums / (sizes[:, None] if axis == -2 else sizes)
    return np.floor(grey * levels / 256.0).astype(np.int64)
