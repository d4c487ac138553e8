"""The roomy cache: what transformers' own cache holds, without copies at each token."""

import pytest
import torch
from token_worlds import policy
from transformers import DynamicCache, MistralConfig

from rewardlab.agents.loops.tokens.cache import roomy_cache


@pytest.mark.parametrize("room", [0, 1, 20])
def test_it_holds_what_the_plain_cache_holds(room):
    model = policy().model
    ids = torch.randint(5, 20, (4, 9), generator=torch.Generator().manual_seed(0))
    mine, theirs = roomy_cache(model.config, room), DynamicCache(config=model.config)
    with torch.no_grad():
        for step in range(6):
            out = [model(input_ids=ids, past_key_values=c, use_cache=True).logits for c in (mine, theirs)]
            assert torch.equal(*out)
            if step == 3:
                keep = torch.tensor([0, 2])
                mine.batch_select_indices(keep)
                theirs.batch_select_indices(keep)
                out[0] = out[0][keep]
            ids = out[0][:, -1:].argmax(-1)
    for a, b in zip(mine.layers, theirs.layers, strict=True):
        assert torch.equal(a.keys, b.keys) and torch.equal(a.values, b.values)


def test_room_is_taken_once():
    cache = roomy_cache(policy().model.config, 10)
    x = torch.ones(1, 2, 3, 4)
    cache.layers[0].update(x, x)
    held = cache.layers[0].whole[0].data_ptr()
    for _ in range(10):
        cache.layers[0].update(x[:, :, :1], x[:, :, :1])
    assert cache.layers[0].whole[0].data_ptr() == held and cache.get_seq_length() == 13
    cache.layers[0].update(x[:, :, :1], x[:, :, :1])
    assert cache.layers[0].whole[0].data_ptr() != held and bool((cache.layers[0].keys == 1).all())


def test_layers_of_other_kinds_stay():
    config = MistralConfig(num_hidden_layers=2, sliding_window=4)
    assert all(layer.is_sliding for layer in roomy_cache(config, 8).layers)
