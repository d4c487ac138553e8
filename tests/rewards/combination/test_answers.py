"""How answers are read."""

import numpy as np
import torch

from rewardlab.rewards import rollouts
from rewardlab.rewards.combination.answers import paid, parsed, told


def test_rows_are_read_in_order_whatever_the_axes():
    batch = rollouts(["q"] * 4, ["1", "2", "3", "4"], {"truth": [[1], [2, 2], [], "x"]})
    folded = batch.map(lambda x: x.reshape(2, 2, *x.shape[1:]))
    assert parsed(folded, int) == [1, 2, 3, 4] and parsed(batch, None) == ["1", "2", "3", "4"]
    assert told(folded, "truth", by="a test") == [[1], [2, 2], [], "x"]
    np.testing.assert_array_equal(paid([1, 2, 3, 4], folded), [[1, 2], [3, 4]])


def test_pays_are_of_the_kind_of_the_batch():
    batch = rollouts(["q"] * 2, ["a", "b"])
    pay = paid([1, np.nan], batch.paying(torch.zeros(2, dtype=torch.float32)))
    assert pay.dtype == torch.float32 and pay[0] == 1 and pay[1].isnan()
