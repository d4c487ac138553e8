"""Action distributions as pure functions of a network's outputs: what to draw, how probable, how undecided.

Stable-Baselines3's distributions build and check objects at each call; for small networks that costs more than the
network. The numbers here are theirs. An infinite negative logit is an action that is not allowed.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from gymnasium import spaces
from stable_baselines3.common import distributions as sb3
from torch import Tensor


class Head(Protocol):
    """How outputs [B, width] become actions [B, *action]."""

    def sample(self, outputs: Tensor, generator: torch.Generator | None) -> Tensor:
        """Actions drawn; the likeliest without a generator."""
        ...

    def log_prob(self, outputs: Tensor, action: Tensor) -> Tensor:
        """[B]."""
        ...

    def entropy(self, outputs: Tensor) -> Tensor:
        """[B]."""
        ...

    def divergence(self, outputs: Tensor, other: Tensor) -> Tensor:
        """[B] KL(π ‖ π') between the distributions of two outputs."""
        ...


@dataclass(frozen=True)
class Categorical:
    """Outputs are logits [B, A]; actions [B] int64."""

    def sample(self, outputs: Tensor, generator: torch.Generator | None) -> Tensor:
        """Actions drawn; the likeliest without a generator."""
        if generator is None:
            return outputs.argmax(-1)
        # the Gumbel trick in exponentials: argmax of p / e
        noise = torch.empty_like(outputs).exponential_(generator=generator)
        return (outputs.softmax(-1) / noise).argmax(-1)

    def log_prob(self, outputs: Tensor, action: Tensor) -> Tensor:
        """log π of actions, [B]."""
        return outputs.log_softmax(-1).gather(-1, action.unsqueeze(-1)).squeeze(-1)

    def entropy(self, outputs: Tensor) -> Tensor:
        """H(π), [B]."""
        logp = outputs.log_softmax(-1)
        return -(logp.exp() * logp.clamp(min=_LEAST)).sum(-1)

    def divergence(self, outputs: Tensor, other: Tensor) -> Tensor:
        """KL(π ‖ π'), [B]."""
        logp, logq = outputs.log_softmax(-1), other.log_softmax(-1)
        return (logp.exp() * (logp.clamp(min=_LEAST) - logq.clamp(min=_LEAST))).sum(-1)


@dataclass(frozen=True)
class MultiCategorical:
    """Outputs are the logits of several choices side by side [B, ΣA]; actions [B, D] int64."""

    sizes: tuple[int, ...]

    def _each(self, outputs: Tensor) -> tuple[Tensor, ...]:
        return torch.split(outputs, list(self.sizes), dim=-1)

    def sample(self, outputs: Tensor, generator: torch.Generator | None) -> Tensor:
        """Actions drawn; the likeliest without a generator."""
        return torch.stack([_ONE.sample(x, generator) for x in self._each(outputs)], -1)

    def log_prob(self, outputs: Tensor, action: Tensor) -> Tensor:
        """log π of actions, [B]."""
        each = [_ONE.log_prob(x, action[..., d]) for d, x in enumerate(self._each(outputs))]
        return torch.stack(each, -1).sum(-1)

    def entropy(self, outputs: Tensor) -> Tensor:
        """H(π), [B]."""
        return torch.stack([_ONE.entropy(x) for x in self._each(outputs)], -1).sum(-1)

    def divergence(self, outputs: Tensor, other: Tensor) -> Tensor:
        """KL(π ‖ π'), [B]."""
        pairs = zip(self._each(outputs), self._each(other), strict=True)
        return torch.stack([_ONE.divergence(x, y) for x, y in pairs], -1).sum(-1)


@dataclass(frozen=True)
class Bernoulli:
    """Outputs are the logits of D coins [B, D]; actions [B, D] of 0 and 1."""

    def sample(self, outputs: Tensor, generator: torch.Generator | None) -> Tensor:
        """Actions drawn; the likeliest without a generator."""
        if generator is None:
            return (outputs > 0).to(torch.float32)
        draw = torch.rand(outputs.shape, generator=generator, device=outputs.device)
        return (draw < outputs.sigmoid()).to(torch.float32)

    def log_prob(self, outputs: Tensor, action: Tensor) -> Tensor:
        """log π of actions, [B]."""
        return -torch.nn.functional.binary_cross_entropy_with_logits(
            outputs, action.to(outputs.dtype), reduction="none"
        ).sum(-1)

    def entropy(self, outputs: Tensor) -> Tensor:
        """H(π), [B]."""
        p = outputs.sigmoid()
        return torch.nn.functional.binary_cross_entropy_with_logits(outputs, p, reduction="none").sum(-1)

    def divergence(self, outputs: Tensor, other: Tensor) -> Tensor:
        """KL(π ‖ π'), [B]."""
        p = outputs.sigmoid()
        cross = torch.nn.functional.binary_cross_entropy_with_logits(other, p, reduction="none")
        own = torch.nn.functional.binary_cross_entropy_with_logits(outputs, p, reduction="none")
        return (cross - own).sum(-1)


@dataclass(frozen=True)
class Gaussian:
    """Outputs are means and log deviations side by side [B, 2 D]; actions [B, D], not yet clipped to their bounds."""

    def sample(self, outputs: Tensor, generator: torch.Generator | None) -> Tensor:
        """Actions drawn; the likeliest without a generator."""
        mean, log_std = outputs.chunk(2, -1)
        if generator is None:
            return mean
        return torch.addcmul(mean, log_std.exp(), _normal(mean, generator))

    def log_prob(self, outputs: Tensor, action: Tensor) -> Tensor:
        """log π of actions, [B]."""
        mean, log_std = outputs.chunk(2, -1)
        z = (action - mean) * (-log_std).exp()
        return (-0.5 * z * z - log_std - _HALF_LOG_2PI).sum(-1)

    def entropy(self, outputs: Tensor) -> Tensor:
        """H(π), [B]."""
        return (outputs.chunk(2, -1)[1] + 0.5 + _HALF_LOG_2PI).sum(-1)

    def divergence(self, outputs: Tensor, other: Tensor) -> Tensor:
        """KL(π ‖ π'), [B]."""
        mean, log_std = outputs.chunk(2, -1)
        mean2, log_std2 = other.chunk(2, -1)
        ratio = (2 * (log_std - log_std2)).exp()
        z = (mean - mean2) * (-log_std2).exp()
        return (log_std2 - log_std + 0.5 * (ratio + z * z - 1)).sum(-1)


_ONE = Categorical()
_LEAST = torch.finfo(torch.float32).min
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def _normal(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)


def head_of(policy: Any, space: spaces.Space) -> Head | None:
    """The head of a policy of Stable-Baselines3 that acts in `space`; None if it has a distribution of its own."""
    kind = type(policy.action_dist)
    if kind is sb3.CategoricalDistribution:
        return _ONE
    if kind is sb3.MultiCategoricalDistribution:
        assert isinstance(space, spaces.MultiDiscrete)
        return MultiCategorical(tuple(int(n) for n in space.nvec))
    if kind is sb3.BernoulliDistribution:
        return Bernoulli()
    if kind is sb3.DiagGaussianDistribution:
        return Gaussian()
    return None
