"""Networks for models of judged segments: perceptrons, pictures, and steps that depend on the segment so far.

    features [B, D] -> scores [K, B, 1],    a trunk with memory: [N, T, D] -> [K, N, T, 1]

A trunk is a description, handed to any `SegmentModel` as `trunk=`; what it builds scores with all K members in one
product. Pictures are whitened per channel, so that an object is the same wherever it stands.

Source: Chung, Gulcehre, Cho, Bengio, "Empirical Evaluation of Gated Recurrent Neural Networks on Sequence Modeling",
NIPS 2014 Workshop, Section 3.2 (the gated unit).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.errors import BadOption


@dataclass(frozen=True)
class Trunk:
    """What describes a network of a `SegmentModel`."""

    @property
    def remembered(self) -> int:
        """Numbers that a member keeps of the segment so far; 0 where each step is scored alone."""
        return 0

    def build(self, inputs: int, members: int, seed: int) -> nn.Module:
        """A network of K members for D = `inputs` whitened features, drawn from a seed."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it builds: define build")

    def norm(self, inputs: int) -> nets.RunningNorm:
        """What whitens the features."""
        return nets.RunningNorm(inputs)


class InPlaceReLU(nn.ReLU):
    """max(x, 0), written over x: layers of steps are large, and a second copy costs more time than the maximum."""

    def __init__(self) -> None:
        super().__init__(inplace=True)


@dataclass(frozen=True)
class MLP(Trunk):
    """Perceptrons.

    Args:
        hidden: widths of the hidden layers; () for a linear score.
        activation: between the layers.
    """

    hidden: tuple[int, ...] = (64, 64)
    activation: type[nn.Module] = InPlaceReLU

    def build(self, inputs: int, members: int, seed: int) -> nn.Module:
        return nets.mlp(inputs, 1, self.hidden, self.activation, seed=seed, members=members)


@dataclass(frozen=True)
class CNN(Trunk):
    """Convolutions for observations that are pictures; each 3 x 3 layer halves the picture.

    Args:
        shape: height, width and channels of the picture, the first of the features. What follows it, such as the
            action, joins before the hidden layer.
        channels: of each layer.
        hidden: width of the layer after them.

    Raises:
        BadOption: from `build`, if the features are fewer than the picture has numbers.
    """

    shape: tuple[int, int, int]
    channels: tuple[int, ...] = (16, 32)
    hidden: int = 64

    def build(self, inputs: int, members: int, seed: int) -> nn.Module:
        rest = self._rest(inputs)
        with nets.seeded(seed):
            eyes = _Eyes(self.shape, self.channels, members)
            joined = nets.Stacked(members, eyes.width + rest, self.hidden)
            return nn.Sequential(eyes, joined, InPlaceReLU(), nets.Stacked(members, self.hidden, 1))

    def norm(self, inputs: int) -> nets.RunningNorm:
        return ChannelNorm(self.shape, self._rest(inputs))

    def _rest(self, inputs: int) -> int:
        if inputs < (numbers := math.prod(self.shape)):
            raise BadOption(
                f"shape={self.shape!r} with {inputs} features",
                where="CNN",
                expected=f"observations of at least {numbers} numbers",
                mend="give the shape of the pictures, channels last",
            )
        return inputs - numbers


@dataclass(frozen=True)
class Recurrent(Trunk):
    """A gated recurrent unit: the score of a step depends on the segment so far.

    A segment begins without memory, as an episode does.

    Args:
        hidden: H, width of the memory.
    """

    hidden: int = 32

    @property
    def remembered(self) -> int:
        return self.hidden

    def build(self, inputs: int, members: int, seed: int) -> nn.Module:
        with nets.seeded(seed):
            return Remembering(inputs, self.hidden, members)


class Remembering(nn.Module):
    """K gated recurrent units with a linear score each.

    Args:
        inputs: D.
        hidden: H.
        members: K.
    """

    def __init__(self, inputs: int, hidden: int, members: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.take = nets.Stacked(members, inputs, 3 * hidden)
        self.keep = nets.Stacked(members, hidden, 3 * hidden)
        self.score = nets.Stacked(members, hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Scores [K, N, T, 1] of segments x [N, T, D]."""
        n, t, _ = x.shape
        taken = self.take(x.reshape(n * t, -1)).reshape(-1, n, t, 3 * self.hidden)
        state, states = taken.new_zeros(len(taken), n, self.hidden), []
        for now in taken.unbind(2):
            state = self._next(now, state)
            states.append(state)
        return self.score(torch.cat(states, 1)).reshape(-1, t, n, 1).transpose(1, 2)

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Scores [K, N, 1] of one step x [N, D] after a memory [K, N, H], and the memory after it."""
        state = self._next(self.take(x), state)
        return self.score(state), state

    def _next(self, taken: Tensor, state: Tensor) -> Tensor:
        reset, update, fresh = taken.chunk(3, -1)
        kept_reset, kept_update, kept = self.keep(state).chunk(3, -1)
        gate = (update + kept_update).sigmoid()
        return torch.lerp((fresh + (reset + kept_reset).sigmoid() * kept).tanh(), state, gate)


class _Eyes(nn.Module):
    """Features [B, D] -> [K, B, width + rest]: the picture through K stacks of convolutions, the rest as it is."""

    def __init__(self, shape: tuple[int, int, int], channels: tuple[int, ...], members: int) -> None:
        super().__init__()
        self.shape, self.members = shape, members
        height, width, depth = shape
        layers: list[nn.Module] = []
        for i, c in enumerate(channels):
            groups = members if i else 1  # all look at the same picture, then each at what it saw itself
            layers += [nn.Conv2d(depth * groups, c * members, 3, stride=2, padding=1, groups=groups), InPlaceReLU()]
            height, width, depth = (height + 1) // 2, (width + 1) // 2, c
        self.layers = nn.Sequential(*layers)
        self.width = height * width * depth

    def forward(self, x: Tensor) -> Tensor:
        count = math.prod(self.shape)
        seen = self.layers(x[:, :count].reshape(-1, *self.shape).movedim(-1, 1))
        if len(self.layers):
            seen = seen.reshape(len(x), self.members, -1).transpose(0, 1)
        else:
            seen = seen.reshape(len(x), -1).expand(self.members, -1, -1)
        return torch.cat([seen, x[:, count:].expand(self.members, -1, -1)], -1)


class ChannelNorm(nets.RunningNorm):
    """Whitens a picture per channel, and what follows it number by number.

    Args:
        shape: height, width and channels.
        rest: numbers after the picture.
        clip: the largest absolute value.
    """

    def __init__(self, shape: tuple[int, int, int], rest: int, clip: float = 5.0) -> None:
        self.clip, self.depth, self.count = clip, shape[-1], math.prod(shape)
        self.picture, self.others = nets.RunningNorm(self.depth, clip), nets.RunningNorm(rest, clip)

    def update(self, x: Tensor) -> None:
        self.picture.update(x[..., : self.count].reshape(-1, self.depth))
        if x.shape[-1] > self.count:
            self.others.update(x[..., self.count :])

    def __call__(self, x: Tensor) -> Tensor:
        picture = x[..., : self.count]
        seen = self.picture(picture.reshape(*x.shape[:-1], -1, self.depth)).reshape(picture.shape)
        return torch.cat([seen, self.others(x[..., self.count :])], -1)

    def state_dict(self) -> dict[str, Any]:
        return {"picture": self.picture.state_dict(), "others": self.others.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.picture.load_state_dict(state["picture"])
        self.others.load_state_dict(state["others"])
