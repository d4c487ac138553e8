import copy
import pickle

import numpy as np

from rewardlab.envs.gridworlds.kernel.buffers import Buffers


def test_what_is_held_is_never_handed_out_again():
    buffers = Buffers((3, 2), np.int64)
    kept = [buffers() for _ in range(9)]
    assert len({id(array) for array in kept}) == 9
    assert all(array.shape == (3, 2) and array.dtype == np.int64 for array in kept)


def test_what_nobody_holds_comes_back():
    buffers = Buffers(1000, np.uint8)
    first = id(buffers())
    assert id(buffers()) == first
    held = buffers()
    assert id(held) == first and id(buffers()) != first
    del held
    assert id(buffers()) == first


def test_a_view_holds_its_array():
    import torch

    buffers = Buffers((4, 8), np.uint8)
    for hold in (
        lambda a: a[1:3], lambda a: a.reshape(-1)[5:6], lambda a: a.view(np.uint64), torch.from_numpy, memoryview,
        lambda a: np.lib.stride_tricks.as_strided(a, (2, 2), (8, 1)), lambda a: {"image": a[0]},
    ):  # fmt: skip
        view = hold(buffers())
        again = [buffers() for _ in range(6)]
        assert not any(np.shares_memory(np.asarray(_array(view)), other) for other in again)
        del view, again


def _array(view):
    return view["image"] if isinstance(view, dict) else view


def test_copies_share_nothing():
    buffers = Buffers(5, np.float64)
    held = buffers()
    for twin in (copy.deepcopy(buffers), pickle.loads(pickle.dumps(buffers))):
        assert twin() is not held and twin().shape == (5,)
