"""The critics of a continuous policy as one: their weights side by side, their layers one product of K matrices each.

Stable-Baselines3's networks stay what they are (`qf0`, `qf1` ... with their names in zip files): only the memory
behind their weights is shared, and what is computed from it in one go.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from stable_baselines3.common.policies import ContinuousCritic
from torch import Tensor, nn

from rewardlab.core.arrays import Tree

POINTWISE = (nn.ReLU, nn.Tanh, nn.ELU, nn.LeakyReLU, nn.SiLU, nn.GELU, nn.Mish, nn.Softplus, nn.Sigmoid, nn.Identity)


class Critics:
    """[K, B, width] of what K critics show for observations and actions.

    Args:
        critic: of Stable-Baselines3; networks that are no plain perceptrons are called one after another.
    """

    def __init__(self, critic: ContinuousCritic) -> None:
        self.critic = critic
        networks: Sequence[Any] = critic.q_networks
        self.layers = [list(layer) for layer in zip(*networks, strict=False)]  # K modules of each layer
        self.together = type(critic).forward is ContinuousCritic.forward and all(
            len(n) == len(networks[0]) and _alike(n, networks[0]) for n in networks
        )
        self.weights = [
            [getattr(m, name) for m in layer]
            for layer in self.layers
            if isinstance(layer[0], nn.Linear)
            for name in ("weight", "bias")
        ]  # K tensors of each
        if self.together:
            side_by_side(self.weights)

    def __call__(self, obs: Tree, action: Tensor, *, frozen: bool = False) -> Tensor:
        """What the critics show [K, B, width]; with `frozen`, without a gradient to their weights."""
        if not self.together:
            return torch.stack(list(self.critic(obs, action)))  # type: ignore[arg-type]
        with torch.set_grad_enabled(torch.is_grad_enabled() and not (frozen or self.critic.share_features_extractor)):
            features = self.critic.extract_features(obs, self.critic.features_extractor)  # type: ignore[arg-type]
        views = [stacked_view(w) for w in self.weights]
        if torch.is_grad_enabled() and not frozen:
            views = list(_Together.apply(len(views), *views, *(p for w in self.weights for p in w)))  # type: ignore[no-untyped-call]
        x = torch.cat([features, action], dim=1).expand(len(self.critic.q_networks), -1, -1)
        at = 0
        for layer in self.layers:
            if isinstance(layer[0], nn.Linear):
                weight, bias = views[at], views[at + 1]
                x, at = torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2)), at + 2
            else:
                x = x.relu_() if type(layer[0]) is nn.ReLU else layer[0](x)  # a product does not need its result again
        return x


def _alike(one: nn.Sequential, other: nn.Sequential) -> bool:
    """Whether two networks are perceptrons of the same shape."""
    for a, b in zip(one, other, strict=True):
        if type(a) is nn.Linear and type(b) is nn.Linear:
            if a.weight.shape != b.weight.shape or a.bias is None or b.bias is None:
                return False
        elif type(a) is not type(b) or not isinstance(a, POINTWISE):
            return False
    return True


@torch.no_grad()
def side_by_side(weights: Sequence[Sequence[nn.Parameter]]) -> None:
    """Give K networks one memory [K, P]: each tensor of the second lies P numbers behind that of the first."""
    rows = [torch.cat([w[k].detach().reshape(-1) for w in weights]) for k in range(len(weights[0]))]
    whole = torch.stack(rows)
    for k in range(len(rows)):
        at = 0
        for w in weights:
            size = w[k].numel()
            w[k].data = whole[k, at : at + size].view(w[k].shape)
            at += size


def stacked_view(tensors: Sequence[Tensor]) -> Tensor:
    """K like tensors as one [K, ...], without a gradient: a view where they lie equally far apart, else a copy."""
    first = tensors[0].detach()
    if len(tensors) == 1:
        return first.unsqueeze(0)
    at = [t.data_ptr() for t in tensors]
    apart = at[1] - at[0]
    size = first.element_size()
    if apart <= 0 or any(b - a != apart for a, b in pairwise(at)) or not _one_memory(tensors):
        return torch.stack([t.detach() for t in tensors])
    return first.as_strided((len(tensors), *first.shape), (apart // size, *first.stride()))


def _one_memory(tensors: Sequence[Tensor]) -> bool:
    start = tensors[0].untyped_storage().data_ptr()
    return all(t.untyped_storage().data_ptr() == start and t.is_contiguous() for t in tensors)


class _Together(torch.autograd.Function):
    """Views of many tensors as functions of these tensors."""

    @staticmethod
    def forward(ctx: Any, count: int, *given: Tensor) -> tuple[Tensor, ...]:
        ctx.members = (len(given) - count) // count
        return tuple(v.view_as(v) for v in given[:count])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        apart = [g for grad in grads for g in grad.unbind(0)]
        return (None, *([None] * len(grads)), *apart)
