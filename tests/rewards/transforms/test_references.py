"""Columns of references, quantiles, sigmoids."""

import numpy as np
import pytest
import torch
from contracts.row import sample

from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.rewards.transforms.references import log_sigmoid, positive, quantile, references, share_of, sigmoid


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.85, 1.0])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_quantiles_are_numpy_s(share, size):
    values = np.random.default_rng(0).normal(size=(5, size))
    np.testing.assert_allclose(quantile(values, share), np.quantile(values, share, axis=-1), atol=1e-15)
    np.testing.assert_allclose(
        quantile(torch.as_tensor(values), share), np.quantile(values, share, axis=-1), atol=1e-15
    )


def test_a_nan_reference_shows():
    assert np.isnan(quantile(np.array([1.0, np.nan, 2.0]), 0.1))


def test_log_sigmoid_is_exact_far_out():
    x = np.array([-800.0, -40.0, 0.0, 40.0, 800.0])
    np.testing.assert_allclose(log_sigmoid(x), [-800, -40, np.log(0.5), -np.exp(-40.0), 0.0], rtol=1e-12)
    np.testing.assert_allclose(sigmoid(np.array([-800.0, 0.0, 800.0])), [0, 0.5, 1])


def test_columns_are_checked():
    batch = sample(4)
    assert references(batch, "references", by="x").shape == (4, 4)
    with pytest.raises(MissingColumn, match="refs"):
        references(batch, "refs", by="x")
    with pytest.raises(BadBatch, match="'cost' has shape"):
        references(batch, "cost", by="x")


def test_numbers_are_checked():
    for value in (-0.1, 1.1, True, float("nan")):
        with pytest.raises(BadOption):
            share_of(value, "share", "x")
    for value in (0.0, -1.0, True, float("inf"), float("nan")):
        with pytest.raises(BadOption):
            positive(value, "slope", "x")
