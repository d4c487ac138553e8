"""Coupled replicas against their closed-form variances, and on a bandit with much noise."""

import math

import pytest
import torch
from torch import nn

from rewardlab.agents.deep.coupled import (
    Coupled,
    centroid_variance,
    centroids,
    complete,
    coupling,
    disagreement,
    ring,
    star,
)
from rewardlab.core.errors import BadOption

DOUBLE = torch.float64
SIGMA = 0.5
GRAPHS = {"complete": complete, "star": star, "ring": ring}


def second(laplacian):
    return float(torch.linalg.eigvalsh(laplacian)[1])


def test_laplacians_have_the_known_second_eigenvalues():
    for n in (3, 5, 8):
        assert second(complete(n)) == pytest.approx(n)
        assert second(star(n)) == pytest.approx(1)
        assert second(ring(n)) == pytest.approx(2 - 2 * math.cos(2 * math.pi / n))
        for make in GRAPHS.values():
            assert make(n).sum(0).abs().max() == 0 and torch.equal(make(n), make(n).T)


def test_the_pull_is_its_equation():
    x = torch.randn(5, 2, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    naive = [0.7 * sum(star(5)[i, j] * x[j] for j in range(5)) for i in range(5)]
    torch.testing.assert_close(coupling(x, star(5), 0.7), torch.stack(naive))
    torch.testing.assert_close(coupling(x, complete(5), 1.0), 5 * (x - x.mean(0)))
    assert coupling(x[:, 0, 0], ring(5), 1.0).shape == (5,)


def test_one_step_is_the_optimisers_and_the_pull():
    p = nn.Parameter(torch.tensor([[1.0], [4.0], [-2.0]], dtype=DOUBLE))
    optimizer = Coupled(torch.optim.SGD([p], lr=0.1), complete(3), strength=2.0)
    optimizer.zero_grad()
    loss = optimizer.step(lambda: (p.square().sum().backward(), 7.0)[1])
    start = torch.tensor([[1.0], [4.0], [-2.0]], dtype=DOUBLE)
    torch.testing.assert_close(p.detach(), start - 0.1 * 2 * start - 0.1 * 2 * 3 * (start - 1))
    assert loss == 7.0
    torch.testing.assert_close(centroids([p])[0], torch.tensor([0.8], dtype=DOUBLE))


def settled(laplacian, strength, *, curvature=1.0, lr=0.004, paths=1500):
    """Simulated variance of the mean, and mean squared distance from it, of noisy descent on ½ λ x²."""
    generator = torch.Generator().manual_seed(1)
    n = len(laplacian)
    x = nn.Parameter(torch.zeros(n, paths, dtype=DOUBLE))
    optimizer = Coupled(torch.optim.SGD([x], lr=lr), laplacian, strength)
    far, near = [], []
    for k in range(int(4.5 / (lr * curvature))):
        # noise of the flow is σ dW, so that of one gradient has deviation σ / √η
        noise = torch.randn(n, paths, dtype=DOUBLE, generator=generator) * SIGMA / lr**0.5
        x.grad = curvature * x.detach() + noise
        optimizer.step()
        if k * lr * curvature > 2.5 and k % 50 == 0:
            mean = x.detach().mean(0)
            far.append(mean.square().mean())
            near.append((x.detach() - mean).square().mean())
    return float(torch.stack(far).mean()), float(torch.stack(near).mean())


@pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS)
def test_simulated_variances_are_the_closed_forms(make):
    far, near = settled(make(8), 1.0)
    assert far == pytest.approx(centroid_variance(SIGMA, 1.0, 8), rel=0.05)
    assert near == pytest.approx(disagreement(SIGMA, 1.0, make(8), 1.0), rel=0.05)


def test_disagreement_falls_as_the_coupling_grows_and_one_replica_becomes_the_mean():
    found = {k: settled(complete(8), k, paths=500) for k in (0.0, 0.5, 2.0)}
    for k, (far, near) in found.items():
        expected = 7 / 8 * SIGMA**2 / (2 * (1 + 8 * k))
        assert disagreement(SIGMA, 1.0, complete(8), k) == pytest.approx(expected)
        assert near == pytest.approx(expected, rel=0.06 if k == 2.0 else 0.05)
        alone = far + near  # the variance of a single replica
        assert alone == pytest.approx(SIGMA**2 / 16 * (1 + 7 / (1 + 8 * k)), rel=0.06)


def bandit(strength, seeds=400, steps=400):
    """Mean and variance over seeds of the return of one replica, of 8 that learn by REINFORCE under much noise."""
    generator = torch.Generator().manual_seed(0)
    pay = torch.linspace(0, 1, 5, dtype=DOUBLE)
    theta = nn.Parameter(torch.zeros(8, seeds, 5, dtype=DOUBLE))
    optimizer = Coupled(torch.optim.SGD([theta], lr=0.05), complete(8), strength)
    for _ in range(steps):
        policy = theta.detach().softmax(-1)
        u = torch.rand(8, seeds, 1, generator=generator, dtype=DOUBLE)
        arm = (policy.cumsum(-1) < u).sum(-1).clamp(max=4)
        reward = pay[arm] + 3.0 * torch.randn(8, seeds, generator=generator, dtype=DOUBLE)
        theta.grad = -reward[..., None] * (nn.functional.one_hot(arm, 5) - policy)
        optimizer.step()
    final = (theta.detach()[0].softmax(-1) * pay).sum(-1)
    return float(final.mean()), float(final.var())


def test_coupled_bandits_vary_less_and_earn_no_less():
    means, variances = zip(*(bandit(k) for k in (0.0, 0.1, 1.0)), strict=True)
    assert variances[0] > 3 * variances[1] and variances[1] > 1.1 * variances[2], variances
    assert min(means[1:]) > means[0] - 1e-9, means


@pytest.mark.parametrize(
    "make",
    [
        lambda p: Coupled(torch.optim.SGD([p], lr=0.1), torch.eye(4)),
        lambda p: Coupled(torch.optim.SGD([p], lr=0.1), complete(5)),
        lambda p: Coupled(torch.optim.SGD([p], lr=0.1), complete(4), strength=3.0),
        lambda p: Coupled(torch.optim.SGD([p], lr=0.1), complete(4), strength=-1.0),
        lambda p: ring(2),
        lambda p: complete(1),
    ],
)
def test_what_is_no_coupling_is_refused(make):
    with pytest.raises(BadOption):
        make(nn.Parameter(torch.zeros(4, 2)))


def test_it_resumes_from_the_state_of_the_optimiser_within():
    def grads():
        return torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(0))

    def made(p):
        return Coupled(torch.optim.Adam([p], lr=0.01), star(3))

    one, two = (nn.Parameter(torch.ones(3, 2)) for _ in range(2))
    whole, half = made(one), made(two)
    for k, g in enumerate(grads()):
        if k == 2:
            saved, half = half.state_dict(), made(two)
            half.load_state_dict(saved)
        one.grad, two.grad = g.clone(), g.clone()
        whole.step()
        half.step()
    assert torch.equal(one, two)
