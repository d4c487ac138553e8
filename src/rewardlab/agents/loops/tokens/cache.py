"""Keys and values of what a model has read: with room for what it is going to say, and kept for when it speaks again.

    next prompt = what was read, what is new        the new tokens alone go through the model

Each step writes one place; growing by joining would copy all that was read before at every token. Keys and values hold
their positions, so what is kept of a row serves any prompt that begins alike, up to where the two differ.

Source: Pope et al., "Efficiently Scaling Transformer Inference", MLSys 2023, Section 3 (the cache); Zheng et al.,
"SGLang: Efficient Execution of Structured Language Model Programs", NeurIPS 2024, Section 3 (reuse by common prefixes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


@dataclass(frozen=True)
class Read:
    """What a model has read in one row. It holds for the weights that read it.

    Attributes:
        ids: L tokens.
        states: [L, F], keys and values of all layers beside each other, in memory of its own.
        shapes: (heads, width) of keys and of values of each layer; their products sum to F.
    """

    ids: list[int]
    states: Tensor
    shapes: Sequence[tuple[int, int]]

    def common(self, ids: Sequence[int]) -> int:
        """How many of these tokens a row of `ids` begins with."""
        n = min(len(self.ids), len(ids))
        if self.ids[:n] == list(ids[:n]):
            return n
        return next(i for i in range(n) if self.ids[i] != ids[i])


def begun(config: Any, room: int, reads: Sequence[Read | None], counts: Sequence[int]) -> Any:
    """A `roomy_cache` that holds the first `counts[i]` tokens of each row's read, padded with 0 at the left."""
    made = roomy_cache(config, room)
    some = next((r for r in reads if r is not None), None)
    if some is None or not any(counts):
        return made
    rows = [some.states[:0] if r is None else r.states[:n] for r, n in zip(reads, counts, strict=True)]
    whole = pad_sequence(rows, batch_first=True, padding_side="left")  # [b, K, F]
    parts = whole.split([h * d for h, d in some.shapes], -1)
    split = [x.unflatten(-1, shape).transpose(1, 2) for x, shape in zip(parts, some.shapes, strict=True)]
    for layer, keys, values in zip(made.layers, split[::2], split[1::2], strict=True):
        layer.update(keys, values)
    return made


def taken(cache: Any, ids: Sequence[list[int]], rows: Tensor, mask: Tensor) -> Sequence[Read | None]:
    """What was read of some rows, where a mask counts.

    None for models that keep anything but keys and values of all tokens in one place, so that nothing is reused.

    Args:
        cache: a `roomy_cache`.
        ids: of each of these rows at least the tokens where its mask counts.
        rows: int64 [b], which.
        mask: int64 [B, L], of all rows of the cache.
    """
    kind, length = _roomy_layer(), mask.shape[1]
    if not all(type(layer) is kind for layer in cache.layers) or cache.get_seq_length() != length:
        return [None] * len(ids)
    parts = [x for layer in cache.layers for x in (layer.keys, layer.values)]
    if len({x.device for x in parts}) > 1:
        return [None] * len(ids)
    chosen = mask[rows]
    flat = chosen.flatten().nonzero()[:, 0]
    every = torch.cat([x.index_select(0, rows).transpose(1, 2).flatten(2) for x in parts], -1).flatten(0, 1)
    shapes = [(x.shape[1], x.shape[3]) for x in parts]
    states = every.index_select(0, flat).split(chosen.sum(1).tolist())
    # copies, as parts of one array would hold the memory of all
    return [Read(row[: len(x)], x.clone(), shapes) for row, x in zip(ids, states, strict=True)]


def roomy_cache(config: Any, room: int) -> Any:
    """A `transformers.DynamicCache` for a model, whose full-attention layers reserve `room` tokens beyond the context.

    Layers of other kinds stay as transformers makes them.
    """
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    made = DynamicCache(config=config)
    made.layers = [_roomy_layer()(room) if type(layer) is DynamicLayer else layer for layer in made.layers]
    return made


@cache
def _roomy_layer() -> type:
    from transformers.cache_utils import DynamicLayer

    class RoomyLayer(DynamicLayer):  # type: ignore[misc]
        """A layer whose `keys` and `values` [B, H, L, D] are the filled part of larger arrays."""

        def __init__(self, room: int) -> None:
            super().__init__()
            self.room = room
            self.whole: list[Any] = []

        def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
            if not self.is_initialized:
                self.lazy_initialization(key_states, value_states)
            old = self.get_seq_length()
            new = old + key_states.shape[-2]
            if not self.whole or new > self.whole[0].shape[-2]:
                grown = []
                for held, given in ((self.keys, key_states), (self.values, value_states)):
                    b, h, _, d = given.shape
                    larger = given.new_empty((b, h, new + self.room, d))
                    if old:
                        larger[:, :, :old] = held
                    grown.append(larger)
                self.whole = grown
            for whole, given in zip(self.whole, (key_states, value_states), strict=True):
                whole[:, :, old:new] = given
            self.keys, self.values = (whole[:, :, :new] for whole in self.whole)
            return self.keys, self.values

        def batch_select_indices(self, indices: Any) -> None:
            length = self.get_seq_length()
            self.whole = [whole.index_select(0, indices) for whole in self.whole]
            self.keys, self.values = (whole[:, :, :length] for whole in self.whole)

    return RoomyLayer
