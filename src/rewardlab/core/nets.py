"""Small networks and what fits them: trunks, an optimiser, a normaliser, and `encoder` for what goes in. Needs torch.

Everything is built from explicit seeds; torch's global generator stays as it was.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core.arrays import array
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.encoder import Encoder as Encoder
from rewardlab.core.encoder import encoder as encoder
from rewardlab.core.encoder import encoder_like as encoder_like
from rewardlab.core.encoder import flatten as flatten
from rewardlab.core.errors import BadCheckpoint, Diverged
from rewardlab.core.statistics import RunningMoments


def child_seed(seed: int, *path: int) -> int:
    """A seed of its own for each use of `seed`: the same bits for the same path, independent ones for another."""
    return int(np.random.SeedSequence(seed, spawn_key=path).generate_state(1, np.uint64)[0] >> 1)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """What is built inside draws from `seed`; torch's own generator goes on afterwards as if nothing had been drawn."""
    generator = torch.random.default_generator  # the CPU's alone: modules are built there
    before = generator.get_state()
    generator.manual_seed(seed % 2**63)
    try:
        yield
    finally:
        generator.set_state(before)


class Stacked(nn.Module):
    """K linear layers in one product: [K, B, in] (or [B, in] for all) -> [K, B, out], each drawn as `nn.Linear`."""

    def __init__(self, members: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(max(inputs, 1))
        self.weight = nn.Parameter(torch.empty(members, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, 1, outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x.expand(len(self.weight), -1, -1), self.weight)


def mlp(
    inputs: int,
    outputs: int,
    hidden: Sequence[int] = (64, 64),
    activation: type[nn.Module] = nn.ReLU,
    *,
    seed: int,
    members: int | None = None,
) -> nn.Sequential:
    """A perceptron [B, inputs] -> [B, outputs]; with `members`, K independent ones -> [K, B, outputs]."""
    widths = [inputs, *hidden, outputs]
    with seeded(seed):
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [nn.Linear(a, b) if members is None else Stacked(members, a, b), activation()]
    return nn.Sequential(*layers[:-1])


class _ChannelsFirst(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.movedim(-1, -3)


def cnn(
    shape: tuple[int, int, int], outputs: int, channels: Sequence[int] = (16, 32), *, seed: int, hidden: int = 64
) -> nn.Sequential:
    """A convolutional trunk [B, height, width, channels] -> [B, outputs]; each 3 x 3 layer halves the picture."""
    height, width, depth = shape
    with seeded(seed):
        layers: list[nn.Module] = [_ChannelsFirst()]
        for c in channels:
            layers += [nn.Conv2d(depth, c, 3, stride=2, padding=1), nn.ReLU()]
            height, width, depth = (height + 1) // 2, (width + 1) // 2, c
        layers += [nn.Flatten(), nn.Linear(height * width * depth, hidden), nn.ReLU(), nn.Linear(hidden, outputs)]
    return nn.Sequential(*layers)


class Recurrent(nn.Module):
    """A gated recurrent trunk whose memory is cleared where episodes begin.

    Args:
        inputs: D, features per step.
        hidden: H, width of the memory, which is also the output.
        seed: of the weights.
    """

    def __init__(self, inputs: int, hidden: int = 64, *, seed: int) -> None:
        super().__init__()
        self.hidden = hidden
        with seeded(seed):
            self.cell = nn.GRUCell(inputs, hidden)

    def initial(self, n: int) -> Tensor:
        """The memory [N, H] of n rows before their first step."""
        return torch.zeros(n, self.hidden, device=self.cell.weight_hh.device)

    def forward(self, x: Tensor, state: Tensor, begun: Tensor) -> tuple[Tensor, Tensor]:
        """Steps x [T, N, D] from memory [N, H], cleared before the steps of `begun` [T, N] -> [T, N, H] and [N, H]."""
        out = []
        for step, fresh in zip(x, begun, strict=True):
            state = self.cell(step, state * ~fresh[:, None])
            out.append(state)
        return torch.stack(out), state


class Fit:
    """An optimiser, its step and its clipping: `fit(loss)` takes one step of Adam.

    Written out because importing torch's own optimisers takes seconds; the steps are the same.

    Args:
        module: what is fitted; only parameters that require a gradient.
        lr: step size.
        clip: the largest norm of the whole gradient; None for no limit.
        betas, eps: Adam's.
        weight_decay: decoupled decay per unit of `lr`.
        name: whose loss it is, for messages.

    Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, Algorithm 1; Loshchilov, Hutter,
    "Decoupled Weight Decay Regularization", ICLR 2019, Algorithm 2.
    """

    def __init__(
        self,
        module: nn.Module,
        lr: float = 1e-3,
        *,
        clip: float | None = None,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        name: str = "Fit",
    ) -> None:
        self.module, self.lr, self.clip, self.betas, self.eps = module, lr, clip, betas, eps
        self.weight_decay, self.name, self.steps = weight_decay, name, 0
        self.parameters = {k: p for k, p in module.named_parameters() if p.requires_grad}
        self.first = {k: torch.zeros_like(p) for k, p in self.parameters.items()}
        self.second = {k: torch.zeros_like(p) for k, p in self.parameters.items()}

    def __call__(self, loss: Tensor) -> dict[str, float]:
        """One step down the gradient of `loss`, a scalar: {"loss": its value, "grad_norm": before clipping}.

        Raises:
            Diverged: if the loss or a gradient is NaN or infinite; nothing has been stepped.
        """
        value = float(loss.detach())
        if not math.isfinite(value):
            raise Diverged(
                f"the loss is {value}", where=self.name, expected="a finite loss", mend="look for NaN in the batch"
            )
        grads = torch.autograd.grad(loss, list(self.parameters.values()), materialize_grads=True)
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in grads]))
        size = float(norm)
        if not math.isfinite(size):
            bad = [k for k, g in zip(self.parameters, grads, strict=True) if not g.isfinite().all()]
            raise Diverged(
                f"the gradient of {', '.join(bad) or 'all parameters together'} is not finite",
                where=self.name,
                expected="finite gradients",
                mend="lower lr, or scale the inputs",
            )
        if self.clip is not None and size > self.clip:
            grads = tuple(g * (self.clip / size) for g in grads)
        self._step(grads)
        return {"loss": value, "grad_norm": size}

    @torch.no_grad()
    def _step(self, grads: Sequence[Tensor]) -> None:
        self.steps += 1
        b1, b2 = self.betas
        c1, c2 = 1 - b1**self.steps, 1 - b2**self.steps
        for (k, p), g in zip(self.parameters.items(), grads, strict=True):
            m, v = self.first[k], self.second[k]
            m.lerp_(g, 1 - b1)
            v.mul_(b2).addcmul_(g, g, value=1 - b2)
            if self.weight_decay:
                p.mul_(1 - self.lr * self.weight_decay)
            p.addcdiv_(m, (v.sqrt() / math.sqrt(c2)).add_(self.eps), value=-self.lr / c1)

    def to(self, device: Any) -> None:
        """Move weights and moments to a device."""
        self.module.to(device)
        self.first = {k: x.to(device) for k, x in self.first.items()}
        self.second = {k: x.to(device) for k, x in self.second.items()}

    def state_dict(self) -> dict[str, Any]:
        """Weights, buffers and both moments as flat arrays, and the number of steps."""
        return {
            "module": weights(self.module),
            "first": {k: _flat(x) for k, x in self.first.items()},
            "second": {k: _flat(x) for k, x in self.second.items()},
            "steps": self.steps,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`; the next steps equal those of the `Fit` it came from."""
        check_keys(state, ("module", "first", "second", "steps"), where=self.name)
        load_weights(self.module, state["module"], where=self.name)
        for mine, theirs in ((self.first, state["first"]), (self.second, state["second"])):
            _fill(mine, theirs, self.name)
        self.steps = int(state["steps"])


def weights(module: nn.Module) -> dict[str, np.ndarray]:
    """Parameters and buffers by name, as arrays of their own."""
    return {k: _flat(x) for k, x in module.state_dict().items()}


def load_weights(module: nn.Module, state: Mapping[str, Any], *, where: str = "") -> None:
    """Take over `weights`.

    Raises:
        BadCheckpoint: if names or shapes differ; nothing was changed.
    """
    _fill(module.state_dict(), state, where)


def _flat(x: Tensor) -> np.ndarray:
    return np.array(array(x))


@torch.no_grad()
def _fill(mine: Mapping[str, Tensor], theirs: Mapping[str, Any], where: str) -> None:
    shapes = {k: tuple(x.shape) for k, x in mine.items()}
    found = {k: tuple(np.shape(x)) for k, x in theirs.items()}
    if shapes != found:
        odd = sorted(k for k in shapes.keys() | found.keys() if shapes.get(k) != found.get(k))[0]
        raise BadCheckpoint(
            f"{odd} has shape {found.get(odd)}",
            where=where,
            expected=f"{shapes.get(odd)}",
            mend="build it with the options that it was saved with",
        )
    for k, x in mine.items():
        x.copy_(torch.from_numpy(np.array(theirs[k])))


class RunningNorm:
    """Features [*lead, D] less their running mean, over their running deviation, clipped.

    Before the first `update` they are only clipped.

    Args:
        width: D.
        clip: the largest absolute value.

    Source: Burda, Edwards, Storkey, Klimov, "Exploration by Random Network Distillation", ICLR 2019, Section 2.4.
    """

    def __init__(self, width: int, clip: float = 5.0) -> None:
        self.clip, self.moments = clip, RunningMoments((width,))
        self._refresh()

    def _refresh(self) -> None:
        self._mean = torch.as_tensor(self.moments.mean).to(torch.float32)
        self._deviation = torch.as_tensor(self.moments.var).add(1e-8).sqrt().to(torch.float32)

    def update(self, x: Tensor) -> None:
        """Take in the rows of x [*lead, D]."""
        self.moments.update(x.detach().reshape(-1, x.shape[-1]))
        self._refresh()

    def __call__(self, x: Tensor) -> Tensor:
        if self._mean.device != x.device:
            self._mean, self._deviation = self._mean.to(x.device), self._deviation.to(x.device)
        return ((x - self._mean) / self._deviation).clamp(-self.clip, self.clip)

    def state_dict(self) -> dict[str, Any]:
        """The moments."""
        return self.moments.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        self.moments.load_state_dict(state)
        self._refresh()
