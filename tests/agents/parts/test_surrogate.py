"""Surrogates at every corner of ratio and advantage."""

import numpy as np
import pytest
import torch

from rewardlab.agents.parts import surrogate
from rewardlab.core.errors import BadOption

RATIO = np.array([0.5, 0.9, 1.0, 1.1, 1.5, 9.0])


@pytest.mark.parametrize(
    ("advantage", "loss", "slope"),
    [
        (2.0, -2 * np.array([0.5, 0.9, 1, 1.1, 1.3, 1.3]), [-2, -2, -2, -2, 0, 0]),
        (-2.0, 2 * np.array([0.8, 0.9, 1, 1.1, 1.5, 9]), [0, 2, 2, 2, 2, 2]),
    ],
)
def test_a_clip_is_pessimistic_and_stops_the_gradient(advantage, loss, slope):
    a = np.full(6, advantage)
    np.testing.assert_allclose(surrogate.clip(RATIO, a, 0.2, 0.3), loss, rtol=1e-15)
    rho = torch.tensor(RATIO, requires_grad=True)
    surrogate.clip(rho, torch.tensor(a), 0.2, 0.3).sum().backward()
    np.testing.assert_allclose(rho.grad, slope, rtol=1e-15)


def test_a_dual_clip_bounds_the_loss_of_bad_tokens_only():
    for a in (2.0, -2.0):
        once, twice = (
            f(torch.tensor(RATIO), torch.full((6,), a))
            for f in (
                lambda r, a: surrogate.clip(r, a, 0.2, 0.3),
                lambda r, a: surrogate.dual_clip(r, a, 0.2, 0.3, 3.0),
            )
        )
        expected = once.clamp(max=6.0) if a < 0 else once
        np.testing.assert_allclose(twice, expected, rtol=1e-15)
    rho = torch.tensor(RATIO, requires_grad=True)
    surrogate.dual_clip(rho, torch.full((6,), -2.0), 0.2, 0.3, 3.0).sum().backward()
    np.testing.assert_allclose(rho.grad, [0, 2, 2, 2, 2, 0])


def test_without_a_bound_a_clip_is_plain():
    a = np.array([1.0, -1, 2, -2, 3, -3])
    np.testing.assert_array_equal(surrogate.clip(RATIO, a, np.inf, np.inf), surrogate.plain(RATIO, a))


@pytest.mark.parametrize("name", ["low", "high"])
@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_a_clip_is_not_negative(name, value):
    with pytest.raises(BadOption, match=name):
        surrogate.clip(RATIO, RATIO, **{"low": 0.2, "high": 0.2, name: value})
