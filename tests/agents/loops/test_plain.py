"""Values come back the same, type and bits, through a checkpoint's file."""

from collections import deque

import numpy as np
import pytest
import torch

from rewardlab.agents.loops.plain import Unplain, pack, settable, unpack
from rewardlab.core import checkpoint
from rewardlab.core.rng import Streams


def through(value, path, like=None):
    checkpoint.save(path, "test", {}, {"value": pack(value)})
    return unpack(checkpoint.load(path, "test")[1]["value"], like)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 2**127 + 1, 0.1, "a", (1, (2.0, "b")), [1, [2]], {"a": {1: (2,)}}, {3, 1}, deque([1, 2], maxlen=2)],
    ids=str,
)
def test_plain_values_keep_their_kind(value, tmp_path):
    again = through(value, tmp_path / "f")
    assert again == value and type(again) is type(value)
    if isinstance(value, deque):
        assert again.maxlen == 2


def test_arrays_numbers_and_tensors_keep_their_type(tmp_path):
    values = [np.arange(6, dtype=np.int16).reshape(2, 3), np.zeros(0), np.float32(0.1), np.bool_(True), np.array(3)]
    for value in values:
        again = through(value, tmp_path / "f")
        assert type(again) is type(value) and again.dtype == value.dtype and np.array_equal(again, value)
    again = through(torch.tensor([1.5, -0.0]), tmp_path / "f")
    assert torch.equal(again, torch.tensor([1.5, -0.0])) and again.dtype == torch.float32
    objects = np.array([None, {"a": np.ones(2)}], dtype=object)
    again = through(objects, tmp_path / "f")
    assert again[0] is None and np.array_equal(again[1]["a"], np.ones(2)) and again.dtype == object
    again[1]["a"][:] = 0  # memory of its own


def test_generators_go_on_where_they_were(tmp_path):
    one = np.random.default_rng(3)
    one.normal(size=5)
    assert np.array_equal(through(one, tmp_path / "f").normal(size=9), one.normal(size=9))
    old = np.random.RandomState(3)
    old.normal(size=5)
    assert np.array_equal(through(old, tmp_path / "f").normal(size=9), old.normal(size=9))
    two = torch.Generator().manual_seed(4)
    torch.rand(3, generator=two)
    like = torch.Generator()
    again = through(two, tmp_path / "f", like)
    assert again is like and torch.equal(torch.rand(5, generator=again), torch.rand(5, generator=two))
    streams = Streams([5, 2**64 - 1])
    streams.begin(slice(None))
    streams.bits((3,))
    again = through(streams, tmp_path / "f", streams)
    assert np.array_equal(again.bits((4,)), streams.bits((4,)))


def test_code_is_not_written_and_methods_are_not_overwritten():
    for value in (len, object(), np.dtype, {"a": object()}, np.array(["a"]), np.datetime64("2020-01-01")):
        with pytest.raises(Unplain):
            pack(value)
    assert settable(deque, "mine") and not settable(deque, "append") and not settable(deque, "__class__")
    assert not settable(deque, "maxlen")
    with pytest.raises(ValueError, match="entry"):
        unpack({"system": "ls"})
