"""Value losses in closed form: what they decode, their gradients, their minimisers, and tables learned with them."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rewardlab.agents.loops.values import Categorical, HLGauss, Huber, Quantiles, Squared, TwoHot
from rewardlab.core.errors import BadOption
from rewardlab.core.testing.processes import random_mdp

DOUBLE = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=DOUBLE)


def test_one_output_is_learned_by_its_error():
    outputs, target = random(7, 1) * 3, random(7, seed=1) * 3
    for kind in (Squared(), Huber()):
        assert kind.width == 1
        torch.testing.assert_close(kind.decode(outputs), outputs[:, 0])
    torch.testing.assert_close(Squared().loss(outputs, target), (outputs[:, 0] - target) ** 2)
    expected = F.smooth_l1_loss(outputs[:, 0], target, reduction="none")  # what Stable-Baselines3's DQN takes
    torch.testing.assert_close(Huber().loss(outputs, target), expected)
    error = (outputs[:, 0] - target).abs()
    naive = torch.where(error < 0.3, 0.5 * error**2, 0.3 * (error - 0.15))
    torch.testing.assert_close(Huber(0.3).loss(outputs, target), naive)


@pytest.mark.parametrize(("ratio", "bound"), [(0.75, 4.8e-6), (0.5, 2.3e-3)])
def test_decoding_what_was_encoded_is_off_by_the_known_error(ratio, bound):
    kind = HLGauss(-10.0, 10.0, sigma_over_width=ratio)
    width = 20 / 51
    inside = 10 - 5 * ratio * width
    y = torch.linspace(-inside, inside, 20_001, dtype=DOUBLE)
    error = (kind.decode(kind.encode(y).log()) - y).abs().max() / width
    assert 0.9 * bound < error < 1.05 * bound, float(error)


def test_a_histogram_is_the_gaussians_mass_in_each_bin():
    kind = HLGauss(-2.0, 4.0, bins=6, sigma_over_width=1.5)
    for y in (-3.0, -2.0, 0.3, 3.9, 5.0):
        q = kind.encode(torch.tensor(y, dtype=DOUBLE))
        centre = min(max(y, -2.0), 4.0)
        mass = [
            0.5 * (math.erf((b + 1 - centre) / (1.5 * 2**0.5)) - math.erf((b - centre) / (1.5 * 2**0.5)))
            for b in range(-2, 4)
        ]
        np.testing.assert_allclose(q, np.array(mass) / sum(mass), atol=1e-12)


def test_two_hot_is_exact():
    kind = TwoHot(-10.0, 10.0, bins=51)
    y = torch.linspace(-10, 10, 4001, dtype=DOUBLE)
    q = kind.encode(y)
    assert ((q > 0).sum(-1) <= 2).all()
    torch.testing.assert_close(q.sum(-1), torch.ones_like(y))
    assert (kind.decode(q.log()) - y).abs().max() < 1e-7
    beyond = kind.encode(torch.tensor([-11.0, 1e9]))
    assert beyond[0, 0] == 1 and beyond[1, -1] == 1


@pytest.mark.parametrize("kind", [HLGauss(-10.0, 10.0), TwoHot(-10.0, 10.0)])
@pytest.mark.parametrize("far", [0.0, 7.0, 1e8])
def test_the_gradient_of_a_histogram_is_p_less_q_whatever_the_error(kind, far):
    outputs = random(5, 51).requires_grad_()
    target = torch.linspace(-1, 1, 5, dtype=DOUBLE) + far
    kind.loss(outputs, target).sum().backward()
    expected = outputs.detach().softmax(-1) - kind.encode(target)
    torch.testing.assert_close(outputs.grad, expected, atol=1e-12, rtol=0)
    assert outputs.grad.abs().max() <= 1
    single = outputs.detach()[:, :1].clone().requires_grad_()
    Squared().loss(single, target).sum().backward()
    assert single.grad.abs().max() >= 2 * (far - 4)  # as large as the error is


@pytest.mark.parametrize("kind", [HLGauss(-10.0, 10.0), TwoHot(-10.0, 10.0)])
def test_float32_is_finite_at_and_beyond_the_ends(kind):
    y = torch.tensor([-1e30, -10.0, -9.99, 0.0, 10.0, 1e30])
    outputs = torch.zeros(6, 51)
    assert kind.loss(outputs, y).isfinite().all()
    torch.testing.assert_close(kind.encode(y).sum(-1), torch.ones(6))


def test_the_minimiser_for_noisy_returns_is_their_mean():
    """p = E[q(y)] has gradient 0 and decodes to E[y]."""
    y, weight = torch.tensor([-4.0, -1.3, 0.2, 6.0], dtype=DOUBLE), torch.tensor([0.1, 0.2, 0.4, 0.3], dtype=DOUBLE)
    for kind, error in ((HLGauss(-10.0, 10.0), 5e-6 * 20 / 51), (TwoHot(-10.0, 10.0), 1e-12)):
        q = (weight[:, None] * kind.encode(y)).sum(0)
        outputs = q.clamp(min=1e-300).log().requires_grad_()
        (weight * kind.loss(outputs.expand(4, -1), y)).sum().backward()
        assert outputs.grad.abs().max() < 1e-12
        assert abs(kind.decode(outputs.detach()) - (weight * y).sum()) < error


def test_td_0_with_a_histogram_finds_the_values_of_the_random_walk():
    """Five states, −1 at the left end, 1 at the right: V = −2/3, −1/3, 0, 1/3, 2/3."""
    kind = HLGauss(-1.5, 1.5, bins=51)
    values = torch.arange(-2, 3, dtype=DOUBLE) / 3
    outputs = torch.zeros(5, 51, dtype=DOUBLE)
    ends = torch.tensor([-1.0, 1.0], dtype=DOUBLE)
    for _ in range(2000):  # both ways that a step may go, each with probability one half
        v = torch.cat([ends[:1], kind.decode(outputs), ends[1:]])
        outputs -= outputs.softmax(-1) - 0.5 * (kind.encode(v[2:]) + kind.encode(v[:-2]))
    assert (kind.decode(outputs) - values).abs().max() < 0.01 * 3


def test_q_learning_with_a_histogram_acts_as_value_iteration_does():
    mdp = random_mdp(np.random.default_rng(3), per_transition=False)
    P, R = (torch.from_numpy(x) for x in mdp.dense())
    live = torch.from_numpy(~mdp.terminal)
    best = mdp.solve()
    kind = HLGauss(-15.0, 15.0, bins=101)
    outputs = torch.zeros(10, 3, 101, dtype=DOUBLE)
    draws = torch.multinomial(P.flatten(0, 1), 1500, replacement=True, generator=generator()).view(10, 3, -1)
    for k in range(1500):
        v = kind.decode(outputs).amax(-1) * live
        target = R + mdp.gamma * v[draws[..., k]]
        outputs -= max(0.1, 2.0 / (1 + k / 100)) * (outputs.softmax(-1) - kind.encode(target))
    learned = kind.decode(outputs).argmax(-1).numpy()
    good = best.optimal_actions()[np.arange(10), learned]
    assert good[~mdp.terminal].all()


def naive_projection(kind, probs, reward, discount):
    """Algorithm 1, word for word."""
    z = np.linspace(kind.low, kind.high, kind.atoms)
    step = z[1] - z[0]
    out = np.zeros_like(probs)
    for b in range(len(probs)):
        for j in range(kind.atoms):
            at = (min(max(reward[b] + discount[b] * z[j], kind.low), kind.high) - kind.low) / step
            lower, upper = math.floor(at), math.ceil(at)
            if lower == upper:
                out[b, lower] += probs[b, j]
            else:
                out[b, lower] += probs[b, j] * (upper - at)
                out[b, upper] += probs[b, j] * (at - lower)
    return out


def test_the_projection_of_a_distribution_is_the_loops():
    kind = Categorical(-3.0, 5.0, atoms=17)
    probs, reward = random(12, 17).softmax(-1), random(12, seed=1) * 4
    discount = torch.rand(12, generator=generator(2), dtype=DOUBLE)
    discount[:3] = 0
    got = kind.project(probs, reward, discount)
    np.testing.assert_allclose(got, naive_projection(kind, probs.numpy(), reward.numpy(), discount.numpy()), atol=1e-12)
    torch.testing.assert_close(got.sum(-1), torch.ones(12, dtype=DOUBLE))
    mild = kind.project(probs, torch.full((12,), 0.3, dtype=DOUBLE), torch.full((12,), 0.5, dtype=DOUBLE))
    torch.testing.assert_close(kind.decode(mild.log()), 0.3 + 0.5 * kind.decode(probs.log()))  # nothing was clipped
    many = kind.project(probs.view(3, 4, 17), reward.view(3, 4), discount.view(3, 4))
    torch.testing.assert_close(many.view(12, 17), got)


def test_a_distribution_is_learned_by_its_cross_entropy():
    kind = Categorical(-1.0, 1.0, atoms=9)
    outputs, q = random(4, 9).requires_grad_(), random(4, 9, seed=1).softmax(-1)
    loss = kind.loss(outputs, q)
    torch.testing.assert_close(loss.detach(), F.cross_entropy(outputs, q, reduction="none").detach())
    loss.sum().backward()
    torch.testing.assert_close(outputs.grad, outputs.detach().softmax(-1) - q)


def test_quantile_losses_are_the_loops():
    outputs, target = random(3, 4), random(3, 5, seed=1) * 2
    for kappa in (0.0, 0.5, 1.0):
        naive = torch.zeros(3, dtype=DOUBLE)
        for b in range(3):
            for i in range(4):
                for j in range(5):
                    u = float(target[b, j] - outputs[b, i])
                    size = abs(u)
                    if kappa:
                        size = 0.5 * u * u / kappa if size <= kappa else size - 0.5 * kappa
                    naive[b] += abs((i + 0.5) / 4 - (u < 0)) * size / 5
        torch.testing.assert_close(Quantiles(4, kappa).loss(outputs, target), naive)


def test_quantile_regression_ends_at_the_quantiles():
    target = random(999)
    kind = Quantiles(5, kappa=0.0)
    outputs = torch.zeros(5, dtype=DOUBLE, requires_grad=True)
    for k in range(400):
        (grad,) = torch.autograd.grad(kind.loss(outputs, target), outputs)
        below = (target < outputs[:, None]).double().mean(-1)
        torch.testing.assert_close(grad, below - (torch.arange(5) + 0.5) / 5)
        outputs = (outputs - grad * 4 / (1 + 0.05 * k)).detach().requires_grad_()
    ranks = (target < outputs.detach()[:, None]).double().mean(-1)
    assert (ranks - torch.tensor([0.1, 0.3, 0.5, 0.7, 0.9])).abs().max() < 0.002
    torch.testing.assert_close(kind.decode(outputs), outputs.mean())


@pytest.mark.parametrize(
    "make",
    [
        lambda: HLGauss(1.0, 1.0),
        lambda: HLGauss(0.0, math.inf),
        lambda: HLGauss(0.0, 1.0, bins=1),
        lambda: HLGauss(0.0, 1.0, sigma_over_width=0.0),
        lambda: TwoHot(2.0, 1.0),
        lambda: Categorical(0.0, 1.0, atoms=1),
        lambda: Quantiles(0),
        lambda: Quantiles(3, kappa=-1.0),
        lambda: Huber(0.0),
    ],
)
def test_impossible_supports_are_refused(make):
    with pytest.raises(BadOption):
        make()
