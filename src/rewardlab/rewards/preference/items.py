"""Judged items on their way to networks: in parts of bounded size, without what networks do not see."""

import math
from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from rewardlab.core.arrays import Array, is_torch, tensor
from rewardlab.core.batch import Transitions

CHUNK = 65536
"""Steps that are encoded at once, to bound the memory."""


def chunks(items: Transitions) -> Iterator[Transitions]:
    """The items [P, G, T] without other columns than their mask, in parts of bounded size."""
    bare = bare_of(items)
    size = max(1, CHUNK // math.prod(bare.shape[1:]))
    for at in range(0, bare.shape[0], size):
        yield bare.rows(slice(at, at + size))


def bare_of(items: Transitions) -> Transitions:
    """The items without other columns than their mask."""
    return replace(items, info={k: v for k, v in items.info.items() if k == "mask"})


def mask_of(items: Transitions) -> Tensor | None:
    """Which steps count [P, G, T], None if all do."""
    mask = items.info.get("mask")
    return None if mask is None else tensor(mask)


def alike(x: Tensor, like: Array) -> Array:
    """A tensor as an array of the kind, and on the device, of `like`."""
    return x.to(like.device) if is_torch(like) else x.cpu().numpy()


def placed(index: Tensor, like: Array) -> Array:
    """Positions with which an array of the kind of `like` can be indexed."""
    return index.to(like.device) if is_torch(like) else index.numpy()
