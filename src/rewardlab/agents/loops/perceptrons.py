"""Small perceptrons called without their modules: in small networks, finding a layer takes as long as the layer.

The numbers are those of the modules, bit for bit.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.torch_layers import FlattenExtractor
from torch import Tensor, nn
from torch.nn.functional import linear


class Perceptron:
    """Linear layers with a ReLU or tanh between them, as a function of observations [B, *obs].

    Args:
        modules: the layers in their order.
    """

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        self.modules = list(modules)
        self.layers: list[tuple[Tensor, Tensor | None]] = []
        self.bends: list[Any] = []  # after each layer
        for module in self.modules:
            if isinstance(module, nn.Linear):
                self.layers.append((module.weight, module.bias))
                self.bends.append(None)
            else:
                self.bends[-1] = torch.relu if type(module) is nn.ReLU else torch.tanh
        self._watched = [h for m in self.modules for h in (m._forward_hooks, m._forward_pre_hooks)]

    def __call__(self, obs: Tensor) -> Tensor:
        """[B, outputs]."""
        x = obs.float().flatten(1)
        if any(self._watched):  # somebody listens at the modules
            for module in self.modules:
                x = module(x)
            return x
        for (weight, bias), bend in zip(self.layers, self.bends, strict=True):
            x = linear(x, weight, bias)
            if bend is not None:
                x = bend(x)
        return x


def perceptron_of(space: spaces.Space, extractor: nn.Module, *parts: nn.Module) -> Perceptron | None:
    """The modules of `parts`, one after another, as a `Perceptron`; None where they are something else.

    Args:
        space: of the observations.
        extractor: what stands before the first part.
        *parts: single layers and sequences of them.
    """
    flat = isinstance(space, spaces.Box) and not is_image_space(space)
    modules = [m for part in parts for m in (part if isinstance(part, nn.Sequential) else [part])]
    kinds = [type(m) for m in modules]
    plain = all(k in (nn.Linear, nn.ReLU, nn.Tanh) for k in kinds) and kinds[:1] == [nn.Linear]
    apart = all(nn.Linear in pair for pair in pairwise(kinds))
    if not flat or type(extractor) is not FlattenExtractor or not plain or not apart:
        return None
    return Perceptron(modules)
