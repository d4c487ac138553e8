import math

import torch
from stable_baselines3.common.distributions import SquashedDiagGaussianDistribution

from rewardlab.agents.loops.squashed import draw, log_density


def outputs(rows: int = 64, size: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(rows, size, generator=generator)
    return mean.requires_grad_(), (0.5 * torch.randn(rows, size, generator=generator) - 0.5).requires_grad_()


def test_actions_densities_and_their_gradients_are_those_of_stable_baselines3():
    mean, log_std = outputs()
    with torch.random.fork_rng():
        torch.manual_seed(3)
        action, log_prob = SquashedDiagGaussianDistribution(3).log_prob_from_params(mean, log_std)
    drawn = draw(mean, log_std, torch.randn(64, 3, generator=torch.Generator().manual_seed(3)))
    torch.testing.assert_close(drawn.action, action, atol=1e-6, rtol=0)
    torch.testing.assert_close(drawn.log_prob, log_prob, atol=2e-6, rtol=1e-6)
    for mine, theirs in ((drawn.action, action), (drawn.log_prob, log_prob)):
        ours = torch.autograd.grad(mine.square().sum(), (mean, log_std), retain_graph=True)
        sb3s = torch.autograd.grad(theirs.square().sum(), (mean, log_std), retain_graph=True)
        for a, b in zip(ours, sb3s, strict=True):
            torch.testing.assert_close(a, b, atol=2e-5, rtol=2e-5)


def test_the_density_of_what_was_drawn_is_the_density():
    mean, log_std = outputs()
    drawn = draw(mean, log_std, torch.randn(64, 3, generator=torch.Generator().manual_seed(4)))
    torch.testing.assert_close(log_density(mean, log_std, drawn.before), drawn.log_prob, atol=1e-5, rtol=1e-5)


def test_the_density_sums_to_one_over_the_actions():
    mean, log_std = torch.tensor([[0.4]], dtype=torch.float64), torch.tensor([[-0.7]], dtype=torch.float64)
    before = torch.linspace(-4, 4, 20_001, dtype=torch.float64)[:, None]
    density = log_density(mean, log_std, before).exp()
    assert math.isclose(float(torch.trapezoid(density, torch.tanh(before[:, 0]))), 1.0, abs_tol=2e-5)
