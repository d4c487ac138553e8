"""The small model: its size, its seed, and what it must not touch."""

import pytest
import torch

from rewardlab.agents.loops.tokens.tiny import needs_transformers, tiny_llama
from rewardlab.agents.loops.tokens.vocabulary import Characters
from rewardlab.core.errors import BadOption


def test_it_is_small_seeded_and_leaves_torch_alone():
    v = Characters()
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    model = tiny_llama(v)
    assert torch.equal(before, torch.random.get_rng_state())
    assert sum(p.numel() for p in model.parameters()) < 2_000_000 and model.config.max_position_embeddings == 512
    same, other = (tiny_llama(v, width=16, layers=1, heads=2, seed=s).state_dict() for s in (3, 4))
    torch.manual_seed(9)
    again = tiny_llama(v, width=16, layers=1, heads=2, seed=3).state_dict()
    assert all(torch.equal(same[k], again[k]) for k in same) and any(not torch.equal(same[k], other[k]) for k in same)


@pytest.mark.parametrize("sizes", [{"width": 0}, {"width": 20, "heads": 4}, {"layers": 1.5}, {"context": True}])
def test_sizes_that_cannot_be(sizes):
    with pytest.raises(BadOption, match=next(iter(sizes))):
        tiny_llama(Characters("a"), **sizes)


def test_without_transformers(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadOption, match=r"rewardlab\[text\]"):
        needs_transformers("tiny_llama")
