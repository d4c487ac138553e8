"""Inverse and forward models: they learn what there is to learn."""

import numpy as np
import torch

from rewardlab.core import nets
from rewardlab.rewards.intrinsic.dynamics import Dynamics


def steps(n, seed):
    """A point that actions push, and a coordinate of noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)).astype(np.float32)
    a = rng.integers(0, 4, n)
    y = x.copy()
    y[:, :2] += np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])[a]
    y[:, 2] = rng.normal(size=n)
    return torch.from_numpy(x), torch.eye(4)[torch.from_numpy(a)], torch.from_numpy(y)


def test_actions_are_told_and_steps_foreseen():
    model = Dynamics(3, 4, features=8, hidden=(64,), seed=0)
    fit = nets.Fit(model, 3e-3)
    first = model.inverse_loss(*steps(512, 99)).item()
    for k in range(300):
        batch = steps(256, k)
        fit(model.inverse_loss(*batch) + model.forward_error(*batch).mean())
    x, a, y = steps(512, 99)
    guess = model.inverse(torch.cat([model.phi(x), model.phi(y)], -1)).argmax(-1)
    assert (guess == a.argmax(-1)).float().mean() > 0.97 and float(model.inverse_loss(x, a, y)) < 0.2 * first
    spread = model.phi(y).var(0).sum() / 2
    assert float(model.forward_error(x, a, y).mean()) < 0.5 * float(spread)


def test_the_forward_error_does_not_teach_the_features():
    model = Dynamics(3, 4, features=8, hidden=(16,), seed=0)
    model.forward_error(*steps(16, 0)).mean().backward()
    assert all(p.grad is None for p in model.phi.parameters())
    assert all(p.grad is not None for p in model.onward.parameters())


def test_numbers_as_actions_are_told_by_squares():
    model = Dynamics(3, 2, features=8, hidden=(16,), seed=0)
    x, _, y = steps(16, 0)
    a = torch.randn(16, 2, generator=torch.Generator().manual_seed(0))
    guess = model.inverse(torch.cat([model.phi(x), model.phi(y)], -1))
    assert torch.allclose(model.inverse_loss(x, a, y), ((guess - a) ** 2).mean())


def test_the_same_seed_is_the_same_network():
    one, two = (Dynamics(3, 4, features=8, hidden=(16,), seed=5) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
