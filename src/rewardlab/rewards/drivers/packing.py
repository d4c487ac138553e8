"""Trees of arrays in memory of their own, and in the plain words that a checkpoint keeps."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor, tree_map


def as_arrays(batch: Any, single: spaces.Space) -> Tree:
    """Observations or actions of N rows as a tree of arrays; what has no array form (text, sequences) as objects [N].

    Args:
        batch: as a vector environment gives or takes it.
        single: the space of one row.
    """
    if isinstance(single, spaces.Dict):
        return {k: as_arrays(batch[k], s) for k, s in single.items()} if isinstance(batch, Mapping) else batch
    if isinstance(single, spaces.Tuple):
        return tuple(as_arrays(b, s) for b, s in zip(batch, single.spaces, strict=True))
    if is_torch(batch):
        return batch
    if isinstance(single, (spaces.Text, spaces.Sequence, spaces.Graph, spaces.OneOf)):
        out = np.empty(len(batch), dtype=object)
        for i, row in enumerate(batch):
            out[i] = row
        return out
    return np.asarray(batch)


def copied(tree: Tree) -> Tree:
    """The same tree in memory of its own."""
    return tree_map(lambda x: x.clone() if is_torch(x) else x.copy(), tree)


def pack(tree: Tree) -> Any:
    """A tree in plain words that a checkpoint keeps, without object columns that hold more than text and numbers."""
    if isinstance(tree, Mapping):
        held = {k: pack(v) for k, v in tree.items()}
        return {"map": {k: v for k, v in held.items() if v is not None}}
    if isinstance(tree, tuple):
        return {"tuple": [pack(v) for v in tree]}
    if is_torch(tree):
        return {"torch": array(tree).copy()}
    if tree.dtype == object:
        flat = list(tree.flat)
        plain = all(v is None or isinstance(v, (str, bool, int, float)) for v in flat)
        return {"objects": flat, "shape": list(tree.shape)} if plain else None
    return {"array": np.array(tree)}


def unpack(packed: Mapping[str, Any], like: Array = None) -> Tree:
    """What `pack` was given; tensors go to the device of `like`."""
    if "map" in packed:
        return {k: unpack(v, like) for k, v in packed["map"].items()}
    if "tuple" in packed:
        return tuple(unpack(v, like) for v in packed["tuple"])
    if "torch" in packed:
        return tensor(packed["torch"], device=like.device if is_torch(like) else None)
    if "objects" in packed:
        out = np.empty(len(packed["objects"]), dtype=object)
        out[:] = packed["objects"]
        return out.reshape([int(n) for n in packed["shape"]])
    return np.array(packed["array"])
