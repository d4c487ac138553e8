"""Trees survive a checkpoint: structure, types and bits."""

from pathlib import Path

import numpy as np
import torch

from rewardlab.core import checkpoint
from rewardlab.core.arrays import tree_leaves
from rewardlab.rewards.drivers.packing import copied, pack, unpack


def test_trees_come_back_from_a_file(tmp_path: Path) -> None:
    words = np.array([["a", None], ["c", 1.5]], dtype=object)
    tree = {
        "obs": (np.arange(6.0).reshape(2, 3), {"deep": np.array([True, False])}),
        "words": words,
        "t": torch.ones(2),
    }
    checkpoint.save(tmp_path / "x", "tree", {}, {"tree": pack(tree)})
    again = unpack(checkpoint.load(tmp_path / "x", "tree")[1]["tree"], torch.zeros(1))
    assert list(again) == list(tree) and isinstance(again["obs"], tuple)
    assert np.array_equal(again["obs"][0], tree["obs"][0]) and again["obs"][1]["deep"].dtype == bool
    assert again["words"].tolist() == words.tolist() and again["words"].dtype == object
    assert isinstance(again["t"], torch.Tensor) and torch.equal(again["t"], tree["t"])


def test_columns_that_no_file_keeps_are_left_out() -> None:
    things = np.array([object(), None], dtype=object)
    assert unpack(pack({"things": things, "x": np.ones(2)})).keys() == {"x"}


def test_copies_share_no_memory() -> None:
    tree = {"a": np.zeros(3), "b": (torch.zeros(3), np.array(["x"], dtype=object))}
    other = copied(tree)
    for mine, own in zip(tree_leaves(tree), tree_leaves(other), strict=True):
        own[0] = 5
        assert mine[0] != 5
