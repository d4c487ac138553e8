"""Items in parts: all of them, in order, in bounded memory, and only what networks see."""

import numpy as np
import pytest
import torch
from steps import as_torch, random_steps

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference import items as parts


@pytest.mark.parametrize("make", [lambda x: x, as_torch], ids=["numpy", "torch"])
@pytest.mark.parametrize("size", [1, 60, 10**6])
def test_parts_are_bounded_and_together_the_whole(make, size, monkeypatch):
    monkeypatch.setattr(parts, "CHUNK", size)
    whole = make(random_steps((7, 2, 10), np.random.default_rng(0)))
    whole = whole.paying(whole.reward, mask=whole.reward > 0, label=whole.reward[:, 0, 0])
    found = list(parts.chunks(whole))
    assert all(np.prod(p.shape) <= max(size, 20) and set(p.info) == {"mask"} for p in found)
    again = Transitions.concat(found)
    assert (again.obs == whole.obs).all() and (parts.mask_of(again) == parts.mask_of(whole)).all()


def test_without_a_mask_all_steps_count():
    whole = random_steps((3, 2, 4), np.random.default_rng(0))
    assert parts.mask_of(whole) is None and dict(parts.bare_of(whole).info) == {}


def test_arrays_come_back_in_the_kind_that_was_given():
    x, index = torch.arange(3.0), torch.tensor([2, 0])
    assert isinstance(parts.alike(x, np.zeros(1)), np.ndarray) and parts.alike(x, x) is x
    assert np.arange(3.0)[parts.placed(index, np.zeros(1))].tolist() == [2.0, 0.0]
    assert x[parts.placed(index, x)].tolist() == [2.0, 0.0]
