"""The squashed Gaussian: actions tanh(u) in (−1, 1) of normal numbers u, as pure functions of mean and log deviation.

    u = μ + σ ε,    a = tanh(u),    log π(a) = Σ_d [ log N(u_d; μ_d, σ_d) − log(1 − a_d² + 10⁻⁶) ]

The numbers are those of Stable-Baselines3's `SquashedDiagGaussianDistribution`, without its objects; the noise is the
caller's.

Source: Haarnoja, Zhou, Hartikainen, Tucker, Ha, Tan, Kumar, Zhu, Gupta, Abbeel, Levine, "Soft Actor-Critic Algorithms
and Applications", 2018, Appendix C.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

LEAST = 1e-6  # under the logarithm, as Stable-Baselines3 has it
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@dataclass
class Drawn:
    """Actions that a policy drew; all carry gradients to its mean and deviation."""

    before: Tensor | None  # [B, D] u; None where a distribution does not tell
    action: Tensor  # [B, D] tanh(u)
    log_prob: Tensor  # [B]


def draw(mean: Tensor, log_std: Tensor, noise: Tensor) -> Drawn:
    """What standard normal noise [B, D] becomes."""
    before = torch.addcmul(mean, log_std.exp(), noise)
    action = torch.tanh(before)
    normal = -0.5 * noise.square() - log_std  # (u − μ) / σ is the noise: no gradient passes there
    return Drawn(before, action, normal.sum(-1) - mean.shape[-1] * _HALF_LOG_2PI - log_slope(action))


def log_density(mean: Tensor, log_std: Tensor, before: Tensor) -> Tensor:
    """log π [B] of the actions tanh(u) for u [B, D]."""
    z = (before - mean) * (-log_std).exp()
    normal = -0.5 * z.square() - log_std
    return normal.sum(-1) - mean.shape[-1] * _HALF_LOG_2PI - log_slope(torch.tanh(before))


def normal(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal noise of the shape of `like`."""
    return torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)


def log_slope(action: Tensor) -> Tensor:
    """Σ_d log(1 − a_d² + 10⁻⁶) [B]: how much tanh shrinks a volume."""
    return torch.log(1 - action.square() + LEAST).sum(-1)
