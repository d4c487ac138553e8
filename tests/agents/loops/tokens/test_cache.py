"""The roomy cache: what transformers' own cache holds, without copies at each token; and what is kept of it."""

import pytest
import torch
from token_worlds import policy
from transformers import DynamicCache, MistralConfig

from rewardlab.agents.loops.tokens.cache import Read, begun, roomy_cache, taken


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


def read_of(model, *rows):
    """What is taken of a batch that reads these rows, padded at the left."""
    longest = max(map(len, rows))
    ids = torch.tensor([[0] * (longest - len(r)) + r for r in rows])
    mask = torch.tensor([[0] * (longest - len(r)) + [1] * len(r) for r in rows])
    cache = roomy_cache(model.config, 0)
    with torch.no_grad():
        position = (mask.cumsum(1) - 1).clamp(min=0)
        model(input_ids=ids, attention_mask=mask, position_ids=position, past_key_values=cache, use_cache=True)
    return cache, mask, taken(cache, [[*r, 99] for r in rows], torch.arange(len(rows)), mask)


def test_what_is_taken_of_a_batch_is_what_each_row_reads_alone():
    model, rows = policy().model, [[5, 6, 7, 8, 9, 10], [7], [9, 9, 5]]
    cache, _, reads = read_of(model, *rows)
    for row, read in zip(rows, reads, strict=True):
        alone = read_of(model, row)[0]
        states = [x[0].transpose(0, 1).flatten(1) for layer in alone.layers for x in (layer.keys, layer.values)]
        assert torch.allclose(torch.cat(states, -1), read.states, atol=1e-6) and read.ids == row
        assert read.states.untyped_storage().nbytes() == read.states.numel() * 4  # no memory of the batch is held
    again = begun(model.config, 5, [reads[2], None, reads[0]], [2, 0, 6])
    pairs = zip(again.layers, cache.layers, strict=True)
    for mine, theirs in ((getattr(a, name), getattr(b, name)) for a, b in pairs for name in ("keys", "values")):
        assert mine.shape[2] == 6 and not mine[0, :, :4].any() and not mine[1].any()
        assert torch.equal(mine[0, :, 4:], theirs[2, :, 3:5]) and torch.equal(mine[2], theirs[0])
    assert again.layers[0].whole[0].shape[2] == 11
    assert begun(model.config, 5, [reads[0], None], [0, 0]).get_seq_length() == 0


def test_what_is_no_whole_prefix_is_not_taken():
    cache, mask, _ = read_of(policy().model, [5, 6, 7, 8, 9, 10], [7])
    one = torch.tensor([0])
    assert taken(cache, [[5] * 6], one, mask)[0] is not None
    assert taken(cache, [[5] * 5], one, mask[:, 1:]) == [None]  # a cache of other tokens
    assert taken(roomy_cache(MistralConfig(num_hidden_layers=1), 0), [[5] * 6], one, mask) == [None]


@pytest.mark.parametrize(("other", "n"), [([], 0), ([4], 0), ([5, 6], 2), ([5, 6, 7, 8], 3), ([5, 9, 7], 1)])
def test_the_common_beginning(other, n):
    assert Read([5, 6, 7], torch.zeros(3, 0), []).common(other) == n
