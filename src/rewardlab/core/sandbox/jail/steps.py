"""Steps as bytes: a layout in JSON and the arrays behind each other. What is no number is left out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from rewardlab.core.arrays import Tree, array, tree_leaves, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch

COLUMNS = tuple(f.name for f in fields(Transitions))

NUMBERS = "biuf"
"""Kinds of dtype: truths, whole numbers with and without sign, real numbers."""
Layout = Any
"""[dtype, shape of one row], {"parts": {name: Layout}} or {"items": [Layout, ...]}."""


def flat(batch: Transitions) -> Transitions:
    """The same steps as NumPy arrays [B, ...] with one leading axis."""
    lead = len(batch.shape)
    rows = int(np.prod(batch.shape))
    return batch.map(lambda x: rows_of(array(x), rows, lead))


def numeric(tree: Tree) -> Tree | None:
    """`tree` without the leaves that are no numbers; None if nothing is left."""
    if isinstance(tree, Mapping):
        return {str(k): part for k, v in tree.items() if (part := numeric(v)) is not None} or None
    if isinstance(tree, tuple):
        parts = tuple(numeric(v) for v in tree)
        return None if any(p is None for p in parts) else parts
    return tree if tree.dtype.kind in NUMBERS else None


def layout(tree: Tree) -> Layout:
    """How rows of `tree` [B, ...] lie in memory."""
    if isinstance(tree, Mapping):
        return {"parts": {k: layout(tree[k]) for k in sorted(tree)}}
    if isinstance(tree, tuple):
        return {"items": [layout(v) for v in tree]}
    return [tree.dtype.str, list(tree.shape[1:])]


def to_bytes(tree: Tree) -> bytes:
    """Every leaf, one after the other, in the order of `tree_leaves`."""
    return b"".join([np.ascontiguousarray(x).data.cast("B") if x.size else b"" for x in tree_leaves(tree)])


def from_bytes(lay: Layout, rows: int, block: bytearray) -> Tree:
    """The tree of `layout`, as views [rows, ...] of the block."""
    at = 0

    def read(lay: Layout) -> Tree:
        nonlocal at
        if isinstance(lay, Mapping):
            part = lay.get("parts")
            return {k: read(v) for k, v in part.items()} if part is not None else tuple(read(v) for v in lay["items"])
        dtype, shape = np.dtype(lay[0]), (rows, *lay[1])
        count = math.prod(shape)
        leaf = np.frombuffer(block, dtype, count, at).reshape(shape) if count else np.zeros(shape, dtype)
        at += count * dtype.itemsize
        return leaf

    return read(lay)


def as_tree(batch: Transitions) -> dict[str, Tree]:
    """Flat steps by the names of their columns, numbers only."""
    found = {f.name: numeric(getattr(batch, f.name)) for f in fields(batch)}
    return {k: v for k, v in found.items() if v is not None}


def as_steps(tree: Mapping[str, Tree]) -> Transitions:
    """Steps of what `as_tree` gave.

    Raises:
        BadBatch: if a column that every step has held no numbers.
    """
    lacking = [c for c in COLUMNS if c not in tree and c != "info"]
    if lacking:
        raise BadBatch(f"{lacking[0]} holds no numbers", where="the jail", expected="a numeric array")
    return Transitions(**{"info": {}, **tree})


def unaligned(tree: Tree) -> Tree:
    """Copies where the block left a leaf at an odd address."""
    fix: Callable[[Any], Any] = lambda x: x if x.flags.aligned else x.copy()  # noqa: E731
    return tree_map(fix, tree)


def rows_of(x: np.ndarray, rows: int, lead: int) -> np.ndarray:
    """`x` [*lead, ...] as [rows, ...]."""
    return x if lead == 1 else x.reshape(rows, *x.shape[lead:])
