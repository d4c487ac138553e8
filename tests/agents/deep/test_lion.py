"""Lion against its equations and the constrained minima that it promises."""

import numpy as np
import pytest
import torch
from torch import nn

from rewardlab.agents.deep.lion import Lion
from rewardlab.agents.deep.ppo import PPO
from rewardlab.core.errors import BadOption

DOUBLE = torch.float64
CENTRE = torch.tensor([3.0, -0.4, 0.2, -5.0], dtype=DOUBLE)


def minimise(loss, start, *, steps, lr=1e-2, watch=None, **options):
    """`steps` of Lion, the last nine tenths with a step size that falls linearly to 0."""
    x = nn.Parameter(start.clone())
    optimizer = Lion([x], lr=lr, **options)
    for k in range(steps):
        rate = lr * min(1.0, (steps - k) / (0.9 * steps))
        optimizer.param_groups[0]["lr"] = rate
        before = x.detach().clone()
        optimizer.zero_grad()
        loss(x).backward()
        optimizer.step()
        if watch:
            watch(before, x.detach(), rate)
    return x.detach()


def test_a_step_is_its_equation():
    rng = np.random.default_rng(0)
    start, grads = rng.normal(size=(3, 2)), rng.normal(size=(6, 3, 2))
    for ball in (False, True):
        p = nn.Parameter(torch.from_numpy(start.copy()))
        optimizer = Lion([p], lr=0.1, betas=(0.8, 0.95), weight_decay=0.3, ball=ball)
        x, m = start.copy(), np.zeros_like(start)
        for g in grads:
            p.grad = torch.from_numpy(g)
            optimizer.step()
            u = 0.8 * m + 0.2 * g
            x = x - 0.1 * ((u / np.linalg.norm(u) if ball else np.sign(u)) + 0.3 * x)
            m = 0.95 * m + 0.05 * g
            np.testing.assert_allclose(p.detach(), x, atol=1e-14)


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_it_ends_at_the_minimum_within_the_box_which_it_enters_exponentially(decay):
    bound = 1 / decay

    def watch(before, after, lr):
        outside = (after.abs() - bound) - (1 - lr * decay) * (before.abs() - bound)
        assert outside.max() <= 1e-12
        assert not ((before.abs() <= bound) & (after.abs() > bound + 1e-12)).any()

    def loss(x):
        return 0.5 * (x - CENTRE).square().sum()

    start = torch.tensor([9.0, -7.0, 0.0, 4.0], dtype=DOUBLE)
    x = minimise(loss, start, steps=6000, watch=watch, weight_decay=decay)
    expected = CENTRE.clamp(-bound, bound)
    assert (x - expected).abs().max() < 1e-5, x
    gradient, held = x - CENTRE, CENTRE.abs() > bound
    assert (gradient[held] * x[held] < 0).all()  # downhill leads out of the box
    assert gradient[~held].abs().max() < 1e-5


def test_logistic_regression_ends_where_projected_gradients_do():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(60, 3, generator=generator, dtype=DOUBLE)
    labels = (inputs @ torch.tensor([4.0, -0.3, 2.0], dtype=DOUBLE) > 0.3).double()

    def loss(w):
        return nn.functional.binary_cross_entropy_with_logits(inputs @ w, labels)

    w = torch.zeros(3, dtype=DOUBLE, requires_grad=True)
    for _ in range(1500):
        (g,) = torch.autograd.grad(loss(w), w)
        w = (w - 2.0 * g).clamp(-1, 1).detach().requires_grad_()
    assert (w.abs() == 1).any() and (w.abs() < 0.99).any()
    x = minimise(loss, torch.zeros(3, dtype=DOUBLE), steps=3000, weight_decay=1.0)
    assert (x - w).abs().max() < 1e-4, (x, w)


def test_with_the_euclidean_norm_it_ends_at_the_projection_on_the_ball():
    for centre in (CENTRE, CENTRE / 12):  # outside the ball, and within

        def loss(x, centre=centre):
            return 0.5 * (x - centre).square().sum()

        start = torch.tensor([2.0, 2.0, -2.0, 1.0], dtype=DOUBLE)
        x = minimise(loss, start, steps=2000, lr=1.5e-2, weight_decay=1.0, ball=True)
        expected = centre / centre.norm().clamp(min=1)
        assert (x - expected).abs().max() < 1e-4, x


def test_it_resumes_from_its_state_and_serves_a_policy():
    rng = torch.Generator().manual_seed(0)
    grads = torch.randn(6, 4, generator=rng)
    whole, half = (nn.Parameter(torch.ones(4)) for _ in range(2))
    one, two = Lion([whole], lr=0.1), Lion([half], lr=0.1)
    for k, g in enumerate(grads):
        if k == 3:
            saved, two = two.state_dict(), Lion([half], lr=0.5)
            two.load_state_dict(saved)
        whole.grad, half.grad = g.clone(), g.clone()
        one.step()
        two.step()
    assert torch.equal(whole, half)
    agent = PPO(
        "MlpPolicy",
        "CartPole-v1",
        n_steps=32,
        batch_size=32,
        seed=0,
        policy_kwargs={"optimizer_class": Lion},
        device="cpu",
    )
    before = agent.policy.action_net.weight.detach().clone()
    agent.learn(32)
    assert type(agent.policy.optimizer) is Lion and not torch.equal(before, agent.policy.action_net.weight)


@pytest.mark.parametrize("options", [{"lr": 0.0}, {"betas": (1.0, 0.5)}, {"weight_decay": -1.0}])
def test_impossible_numbers_are_refused(options):
    with pytest.raises(BadOption):
        Lion([nn.Parameter(torch.zeros(1))], **options)
