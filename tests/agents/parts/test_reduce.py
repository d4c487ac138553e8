"""Means over responses, tokens and a constant."""

import numpy as np
import pytest
import torch

from rewardlab.agents.parts import reduce

MASK = (np.arange(90) < np.array([10, 90, 0, 30]).reshape(2, 2, 1)).astype(float)
LOSS = np.where(MASK != 0, np.arange(1.0, 5.0).reshape(2, 2, 1), np.nan)  # 1, 2 | 3, 4 on each token


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_each_mean_has_its_weights(of):
    loss, mask = of(LOSS), of(MASK)
    np.testing.assert_allclose(reduce.per_response(loss, mask), [1.5, 2.0], rtol=1e-15)
    np.testing.assert_allclose(reduce.per_token(loss, mask), [2 * 190 / 130, 2 * 120 / 130], rtol=1e-15)
    np.testing.assert_allclose(reduce.constant_length(loss, mask, 90), [95 / 90, 60 / 90], rtol=1e-15)
    np.testing.assert_allclose(reduce.constant_length(loss, mask), [95, 60], rtol=1e-15)


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_a_loss_of_a_response_is_that_of_all_its_tokens(of):
    short, mask = of(np.arange(1.0, 5.0).reshape(2, 2, 1)), of(MASK)
    for f in (reduce.per_response, reduce.per_token, reduce.constant_length):
        np.testing.assert_array_equal(f(short, mask), f(of(LOSS), mask))


def test_with_equal_lengths_all_agree():
    loss, mask = np.random.default_rng(0).normal(size=(3, 4, 7)), np.ones((3, 4, 7))
    for f in (reduce.per_token, lambda x, m: reduce.constant_length(x, m, 7)):
        np.testing.assert_allclose(f(loss, mask), reduce.per_response(loss, mask), rtol=1e-13)


def test_a_batch_without_tokens_is_0():
    for f in (reduce.per_response, reduce.per_token, reduce.constant_length):
        np.testing.assert_array_equal(f(LOSS, 0 * MASK), [0, 0])
