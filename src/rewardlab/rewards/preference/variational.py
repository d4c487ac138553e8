"""Variational Bradley-Terry model (Bayes by backprop).

    q(w) = Π_i N(μ_i, s_i²),    loss = E_q[ −Σ_p log P(label_p | w) ] + KL(q ‖ N(0, prior² / inputs))

A network whose weights are normal and independent, fitted to lie near the posterior. Unlike bootstraps it keeps doubt
that the data cannot remove, and unlike the last layer's Laplace posterior it doubts all layers. Independent weights
understate it: along directions that only several weights together could take, q is too narrow.

Source: Blundell, Cornebise, Kavukcuoglu, Wierstra, "Weight Uncertainty in Neural Networks", ICML 2015, Section 3.2
(here with the KL divergence in closed form).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.likelihoods import logistic_logs, pair_loss
from rewardlab.rewards.preference.model import SegmentModel

_START = 0.1  # deviation of q before learning, in units of the prior's: narrow, so that means are found first


@dataclass(kw_only=True)
class VariationalBradleyTerry(SegmentModel):
    """Pays what networks drawn from a variational posterior think that a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P]. The K members are draws from one posterior; they are
    drawn anew in each step of learning, and stay the same afterwards. The other options are those of `SegmentModel`.

    Args:
        members: K, draws.
        prior: deviation of the prior, over the root of a layer's inputs; above 0.
        weight_decay: 0, as the prior already draws weights to 0.

    Raises:
        BadOption: for a prior that is not positive, or a trunk; and as `SegmentModel` does.
    """

    members: int = 8
    weight_decay: float = 0.0
    prior: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.prior) and self.prior > 0):
            raise BadOption(f"prior={self.prior!r}", where="VariationalBradleyTerry", expected="above 0")
        if self.trunk is not None:
            raise BadOption(f"trunk={self.trunk!r}", where="VariationalBradleyTerry", expected="hidden=(...) alone")
        self._count, self._noise = 1, torch.Generator()

    def network(self, width: int, seed: int) -> nn.Module:
        with nets.seeded(seed):
            sizes = [width, *self.hidden, 1]
            layers: list[nn.Module] = []
            for a, b in pairwise(sizes):
                layers += [Drawn(self.members, a, b, self.prior), nn.ReLU()]
            module = nn.Sequential(*layers[:-1])
        _draw(module, torch.Generator().manual_seed(nets.child_seed(self.seed, 3)))
        return module

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = pair_loss(logistic_logs(scores), info["label"])
        return out

    def penalty(self, module: nn.Module) -> Tensor | float:
        """The KL divergence per item, as the loss is that of one."""
        parts = [layer.divergence() for layer in module.children() if isinstance(layer, Drawn)]
        return torch.stack(parts).sum() / self._count

    def _bootstraps(self, count: int) -> Tensor:
        self._count = count
        self._noise = torch.Generator().manual_seed(nets.child_seed(self.seed, 2, self._updates))
        return torch.ones(self.members, count)  # the posterior, not a resampling, says how unsure it is

    def step_scores(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled():  # learning
            _draw(self._fit.module, self._noise)
        return super().step_scores(x)

    def _normalise(self, items: Transitions) -> None:
        _draw(self._fit.module, torch.Generator().manual_seed(nets.child_seed(self.seed, 3)))
        super()._normalise(items)


class Drawn(nn.Module):
    """A linear layer of normal weights, of which K draws are taken: [B, in] or [K, B, in] -> [K, B, out].

    Args:
        draws: K.
        inputs: in.
        outputs: out.
        prior: deviation of the prior, times √in; for biases as it is.

    Attributes:
        noise: standard normal [K, in + 1, out], what the draws are; the last row is the biases'.
        mean, log_deviation: [in + 1, out].
        reference: deviation of the prior [in + 1, 1].
    """

    noise: Tensor
    reference: Tensor

    def __init__(self, draws: int, inputs: int, outputs: int, prior: float) -> None:
        super().__init__()
        reference = torch.full((inputs + 1, 1), prior / math.sqrt(max(inputs, 1)))
        reference[-1] = prior
        bound = 1 / math.sqrt(max(inputs, 1))
        self.mean = nn.Parameter(torch.empty(inputs + 1, outputs).uniform_(-bound, bound))
        self.log_deviation = nn.Parameter((_START * reference).log().repeat(1, outputs))
        self.register_buffer("reference", reference)
        self.register_buffer("noise", torch.zeros(draws, inputs + 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        weight = self.mean + self.log_deviation.exp() * self.noise
        return torch.baddbmm(weight[:, -1:], x.expand(len(weight), -1, -1), weight[:, :-1])

    def divergence(self) -> Tensor:
        """KL(q ‖ prior), over all weights."""
        ratio = self.log_deviation - self.reference.log()
        return (0.5 * ((2 * ratio).exp() + (self.mean / self.reference) ** 2 - 1) - ratio).sum()


@torch.no_grad()
def _draw(module: nn.Module, generator: torch.Generator) -> None:
    for layer in module.children():
        if isinstance(layer, Drawn):
            layer.noise.copy_(torch.randn(layer.noise.shape, generator=generator))
