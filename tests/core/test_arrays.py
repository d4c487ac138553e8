"""Trees of arrays: one structure, two libraries."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from rewardlab.core.arrays import (
    array,
    is_torch,
    namespace,
    tensor,
    tree_concat,
    tree_copy,
    tree_leaves,
    tree_map,
    tree_stack,
    tree_where,
)


def tree(make=np.asarray, shift=0.0):
    return {
        "a": make([1.0 + shift, 2.0]),
        "b": (make([[3.0, 4.0], [5.0, 6.0 + shift]]), {"c": make([7.0, 8.0])}),
    }


def test_namespace_is_numpy_unless_one_is_torch():
    assert namespace(np.ones(2), 3.0) is np
    xp = namespace(np.ones(2), torch.ones(2))
    assert "torch" in xp.__name__ and is_torch(xp.flip(torch.ones(2, 2), axis=-1))


def test_is_torch_does_not_import_it():
    code = (
        "import sys, numpy; from rewardlab.core.arrays import is_torch; is_torch(numpy.ones(1)); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_borders_share_memory_where_they_can_and_cut_the_gradient():
    x = np.arange(3.0)
    t = tensor(x)
    t[0] = 9.0
    assert x[0] == 9.0
    w = torch.ones(3, requires_grad=True) * 2
    assert array(w).tolist() == [2, 2, 2]
    assert array([1, 2]).dtype.kind == "i"


def test_tensor_takes_type_and_device_of_another():
    like = torch.zeros(1, dtype=torch.float32)
    assert tensor(np.ones(2), like=like).dtype is torch.float32
    assert tensor(np.ones(2), like=like, dtype=torch.float64).dtype is torch.float64


@pytest.mark.parametrize("make", [np.asarray, torch.tensor])
def test_map_goes_leaf_by_leaf_over_several_trees(make):
    out = tree_map(lambda x, y: x - y, tree(make, shift=1.0), tree(make))
    assert [array(x).tolist() for x in tree_leaves(out)] == [[1, 0], [[0, 0], [0, 1]], [0, 0]]


def test_map_refuses_tuples_of_other_lengths():
    with pytest.raises(ValueError, match=r"shorter|longer"):
        tree_map(lambda x, y: x, (1, 2), (1,))


@pytest.mark.parametrize("make", [np.asarray, torch.tensor])
def test_stack_and_concat(make):
    stacked = tree_stack([tree(make), tree(make, shift=1.0), tree(make)])
    assert tuple(stacked["b"][0].shape) == (3, 2, 2)
    assert array(stacked["a"])[:, 0].tolist() == [1, 2, 1]
    joined = tree_concat([tree(make), tree(make, shift=1.0)])
    assert array(joined["a"]).tolist() == [1, 2, 2, 2]
    assert tuple(joined["b"][1]["c"].shape) == (4,)


def test_concat_and_stack_keep_text():
    words = np.array(["a", "long word"], dtype=object)
    assert tree_concat([words, words]).tolist() == ["a", "long word"] * 2
    assert tree_stack([words, words]).dtype == object


@pytest.mark.parametrize("make", [np.asarray, torch.tensor])
def test_where_picks_whole_rows(make):
    mask = make([True, False])
    out = tree_where(mask, tree_map(lambda x: x + 100, tree(make)), tree(make))
    assert array(out["a"]).tolist() == [101, 2]
    assert array(out["b"][0]).tolist() == [[103, 104], [5, 6]]


@pytest.mark.parametrize("make", [np.asarray, torch.tensor])
def test_copy_shares_nothing(make):
    original = tree(make)
    twin = tree_copy(original)
    for leaf in tree_leaves(twin):
        leaf[...] = -1.0
    assert array(original["a"]).tolist() == [1, 2] and array(original["b"][1]["c"]).tolist() == [7, 8]
