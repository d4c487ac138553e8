"""Keys and values of what a model has read, with room for what it is going to say.

Each step writes one place; growing by joining would copy all that was read before at every token.
"""

from functools import cache
from typing import Any


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
