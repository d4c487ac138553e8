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

from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


@dataclass(frozen=True)
class Read:
    """What a model has read in one row. It holds for the weights that read it.

    Attributes:
        ids: L tokens.
        states: keys and values [L, H, D] of each layer, in memory of its own.
    """

    ids: list[int]
    states: list[tuple[Tensor, Tensor]]

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
    for k, layer in enumerate(made.layers):
        both = []
        for j, like in enumerate(some.states[k]):
            rows = [like[:0] if r is None else r.states[k][j][:n] for r, n in zip(reads, counts, strict=True)]
            both.append(pad_sequence(rows, batch_first=True, padding_side="left").transpose(1, 2))
        layer.update(*both)
    return made


def taken(cache: Any, rows: Tensor, mask: Tensor) -> list[list[tuple[Tensor, Tensor]]] | None:
    """The states of some rows where a mask counts; None if the model keeps anything but keys and values of all tokens.

    Args:
        cache: a `roomy_cache`.
        rows: int64 [b], which.
        mask: int64 [B, L], of all rows of the cache.
    """
    kind = _roomy_layer()
    if not all(type(layer) is kind for layer in cache.layers) or cache.get_seq_length() != mask.shape[1]:
        return None
    row, column = mask[rows].nonzero(as_tuple=True)
    counts, at = mask[rows].sum(1).tolist(), rows[row]
    layers = [
        # copies, as parts of one array would hold the memory of all
        [[part.clone() for part in x.transpose(1, 2)[at, column].split(counts)] for x in (layer.keys, layer.values)]
        for layer in cache.layers
    ]
    return [[(keys[i], values[i]) for keys, values in layers] for i in range(len(counts))]


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
            self.whole = [whole[indices] for whole in self.whole]
            self.keys, self.values = (whole[:, :, :length] for whole in self.whole)

    return RoomyLayer
