"""Codes of observations: one whole number per row that stands for all that the row shows.

A code has 53 bits, so that it is exact as a float64 too; two of a million states share one with probability 6e-5.
Code 0 is no state: it marks rows that hold a NaN.
"""

import hashlib
import math
from collections.abc import Callable

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, tree_leaves, tree_map

Key = Callable[[Tree], Tree]
"""Observations [B, *obs] -> what is counted, [B, ...]."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # the constants of SplitMix64
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def rows_of(obs: Tree, rows: tuple[int, ...], key: Key | None = None) -> list[np.ndarray]:
    """The arrays of a tree of observations, each [B, D] with B = prod(rows) or, if text, [B] objects."""
    n = math.prod(rows)
    leaves = tree_leaves(tree_map(array, obs if key is None else key(obs)))
    flat = [x.reshape(n, *x.shape[len(rows) :]) for x in leaves]
    return [x.reshape(n) if x.dtype == object else x.reshape(n, math.prod(x.shape[1:])) for x in flat]


def faulty(leaves: list[np.ndarray]) -> np.ndarray:
    """[B] bool: the rows that hold a NaN."""
    out = np.zeros(len(leaves[0]), dtype=bool)
    for x in leaves:
        if x.dtype.kind == "f":
            out |= np.isnan(x).any(-1)
    return out


def codes(obs: Tree, rows: tuple[int, ...], key: Key | None = None) -> np.ndarray:
    """The code [B] int64 of each row, in 1 .. 2^53 - 1; 0 where it holds a NaN.

    Args:
        obs: observations [*rows, *obs], NumPy or torch.
        rows: the leading axes.
        key: what of the observations counts; all of it if not given.
    """
    leaves = rows_of(obs, rows, key)
    total, column = np.zeros(len(leaves[0]), dtype=np.uint64), 0
    for x in leaves:
        words = _words(x)
        place = (np.arange(words.shape[1], dtype=np.uint64) + np.uint64(column + 1)) * _GOLDEN
        total += _mixed(words + place).sum(1, dtype=np.uint64)
        column += words.shape[1]
    out = np.maximum(_mixed(total + _GOLDEN) >> np.uint64(11), np.uint64(1)).astype(np.int64)
    out[faulty(leaves)] = 0
    return out


def values(codes: Array) -> np.ndarray:
    """Codes [...] as they come out of a file or a table of floats: int64 again."""
    return np.asarray(codes).astype(np.int64)


def _words(x: np.ndarray) -> np.ndarray:
    """What each row of [B, D] holds, as 64-bit words [B, W]; each text as one word."""
    if x.dtype == object:
        digests = [hashlib.blake2b(str(v).encode(), digest_size=8).digest() for v in x]
        return np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(len(x), 1)
    if x.dtype.kind == "f":
        x = x + x.dtype.type(0)  # -0.0 becomes 0.0
    if not x.size:
        return np.zeros((len(x), 0), dtype=np.uint64)
    bytes_ = np.ascontiguousarray(x).view(np.uint8).reshape(len(x), -1)
    short = -bytes_.shape[1] % 8
    if short:
        bytes_ = np.concatenate([bytes_, np.zeros((len(x), short), dtype=np.uint8)], axis=1)
    return bytes_.view(np.uint64)


def _mixed(x: np.ndarray) -> np.ndarray:
    """A bijection of 64 bits in which every bit of the input moves every bit of the output."""
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))
