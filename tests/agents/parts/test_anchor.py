"""Anchors, and the column that says which responses are not compared."""

import numpy as np
import pytest
import torch

from rewardlab.agents.parts import anchor
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadBatch, MissingColumn

LOGP = -np.arange(1.0, 13.0).reshape(2, 2, 3)
MASK = np.array([[[1, 1, 0], [1, 1, 1]], [[1, 0, 0], [1, 1, 0]]])
GROUP = Group(LOGP, LOGP, LOGP, MASK, np.array([[1.0, 0.0], [0.0, 1.0]]))


def test_the_likelihood_of_the_better_response():
    np.testing.assert_array_equal(anchor.unlikely(GROUP), [3, 21])
    np.testing.assert_array_equal(anchor.unlikely_tokens(GROUP), [1.5, 10.5])


def test_sinking_is_counted_below_the_reference_alone():
    h = torch.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    found = anchor.sinking(h)
    found.sum().backward()
    assert found.tolist() == [2, 0, 0] and h.grad.tolist() == [-1, 0, 0]


@pytest.mark.parametrize("kind", [np.float64, np.int64, bool])
def test_the_mean_is_over_the_weights(kind):
    weight = np.array([[0, 0, 1, 1], [0, 0, 0, 0]]).astype(kind)
    h = np.array([[9.0, 9.0, 1.0, 3.0], [1.0, 2.0, 3.0, 4.0]])
    np.testing.assert_array_equal(anchor.expected_ratio(h, weight), [2, 0])
    np.testing.assert_allclose(anchor.expected_ratio(h, 2.5 * np.array([[0, 0, 1, 3.0]] * 2)), [2.5, 3.75])


def test_the_column_is_found_by_its_name():
    with pytest.raises(MissingColumn, match="vpo: no info column 'calibration'"):
        anchor.calibration(GROUP, by="vpo")
    wrong = Group(LOGP, LOGP, LOGP, MASK, GROUP.reward, {"calibration": np.zeros(2)})
    with pytest.raises(BadBatch, match="calibration"):
        anchor.calibration(wrong, by="vpo")
    right = Group(LOGP, LOGP, LOGP, MASK, GROUP.reward, {"calibration": torch.ones(2, 2, requires_grad=True)})
    assert not anchor.calibration(right, by="vpo").requires_grad
