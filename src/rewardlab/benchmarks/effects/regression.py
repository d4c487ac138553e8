"""HL-Gauss in regression: noisy targets of a mapping that is rotated again and again.

    y = f(R_k x) + noise,    x normal, f a fixed network, R_k another rotation in each phase k

Source: Farebrother, Orbay, Vuong, Taïga, Chebotar, Xiao, Irpan, Levine, Castro, Faust, Kumar, Agarwal,
"Stop Regressing: Training Value Functions via Classification for Scalable Deep RL", ICML 2024, Section 5 (noise and
non-stationarity).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from rewardlab.agents.loops.values import HLGauss, Huber, Squared, TwoHot, ValueLoss
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured

END = 15.0
SIDES: tuple[tuple[str, ValueLoss], ...] = (
    ("HL-Gauss", HLGauss(-END, END)),
    ("two-hot", TwoHot(-END, END)),
    ("squared error", Squared()),
    ("Huber", Huber()),
)
RATES = (5e-4, 2e-3)


@dataclass(frozen=True)
class Task:
    """How hard it is.

    Attributes:
        inputs: of the mapping.
        noise: deviation of what is added to targets.
        scale: deviation of the targets themselves, about.
        phases: each with a rotation of its own.
        steps: of Adam in a phase.
        batch: fresh samples in a step.
        every: steps between two tests.
        tests: samples in a test.
        width: of the two hidden layers.
    """

    inputs: int = 8
    noise: float = 3.0
    scale: float = 2.0
    phases: int = 3
    steps: int = 5000
    batch: int = 32
    every: int = 500
    tests: int = 2000
    width: int = 64


class Mapping:
    """The targets of one seed, the same for every loss.

    Args:
        task: its sizes.
        seed: of weights, rotations and samples.
    """

    def __init__(self, task: Task, seed: int) -> None:
        self.task, self.generator = task, torch.Generator().manual_seed(seed)
        self.inner = self._normal(task.inputs, 32) / task.inputs**0.5
        self.outer = self._normal(32) * (2 / 32) ** 0.5 * task.scale
        self.rotations = torch.linalg.qr(self._normal(task.phases, task.inputs, task.inputs))[0]

    def draw(self, phase: int, n: int) -> tuple[Tensor, Tensor]:
        """Inputs [n, inputs] and their targets [n], without noise."""
        x = self._normal(n, self.task.inputs)
        return x, torch.tanh(2 * x @ self.rotations[phase] @ self.inner) @ self.outer

    def batches(self, phase: int) -> tuple[Tensor, Tensor]:
        """Inputs [every, batch, inputs] and noisy targets [every, batch] of the steps up to the next test."""
        t = self.task
        x, y = self.draw(phase, t.every * t.batch)
        y = y + t.noise * self._normal(len(y))
        return x.view(t.every, t.batch, -1), y.view(t.every, t.batch)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator)


class Networks:
    """A network for each seed, side by side; none knows of the others.

    Args:
        widths: of inputs, hidden layers and outputs.
        seeds: of the weights.
    """

    def __init__(self, widths: Sequence[int], seeds: Sequence[int]) -> None:
        draws = [torch.Generator().manual_seed(10_000 + seed) for seed in seeds]
        self.layers: list[tuple[Tensor, Tensor]] = []
        for one, two in pairwise(widths):
            weight, bias = (
                torch.stack([(2 * torch.rand(shape, generator=g) - 1) / one**0.5 for g in draws])
                for shape in ((one, two), (1, two))
            )
            self.layers.append((weight.requires_grad_(), bias.requires_grad_()))

    def __call__(self, x: Tensor) -> Tensor:
        """[K, B, outputs] of inputs [K, B, inputs]."""
        for k, (weight, bias) in enumerate(self.layers):
            x = torch.baddbmm(bias, x.relu() if k else x, weight)
        return x


def fit(seeds: Sequence[int], *, loss: ValueLoss, rate: float, task: Task | None = None) -> Iterator[Measured]:
    """Mean squared errors on tests without noise: over all tests after a shift, and at the ends of phases."""
    torch.set_num_threads(1)
    task = task or Task()
    maps = [Mapping(task, seed) for seed in seeds]
    nets = Networks((task.inputs, task.width, task.width, loss.width), seeds)
    adam = torch.optim.Adam([p for layer in nets.layers for p in layer], rate)
    errors: list[list[Tensor]] = []  # of phases, tests: [K]
    for phase in range(task.phases):
        errors.append([])
        for _ in range(task.steps // task.every):
            x, y = (torch.stack(parts, 1) for parts in zip(*(m.batches(phase) for m in maps), strict=True))
            for inputs, targets in zip(x, y, strict=True):  # [K, B, inputs], [K, B]
                adam.zero_grad()
                loss.loss(nets(inputs), targets).mean(1).sum().backward()
                adam.step()
            errors[-1].append(_error(nets, maps, phase, loss))
    every = torch.tensor([[e.tolist() for e in tests] for tests in errors])  # [phases, tests, K]
    for shifted in every[1:].unbind(-1):
        yield {"after_shifts": float(shifted.mean()), "at_ends": float(shifted[:, -1].mean())}


@torch.no_grad()
def _error(nets: Networks, maps: Sequence[Mapping], phase: int, loss: ValueLoss) -> Tensor:
    x, y = (torch.stack(parts) for parts in zip(*(m.draw(phase, m.task.tests) for m in maps), strict=True))
    return (loss.decode(nets(x)) - y).square().mean(1)


def effects() -> list[Effect]:
    """HL-Gauss beside the other losses."""
    arms = [
        Arm(side, f"step size {rate:g}", partial(fit, loss=loss, rate=rate), 4.5)
        for side, loss in SIDES
        for rate in RATES
    ]
    ours, twin, squared, huber = (side for side, _ in SIDES)
    claims = [
        Claim(f"after shifts, the test error is lower by 20 % than with {other}", measure, ours, other, False, 0.8)
        for measure in ("after_shifts", "at_ends")
        for other in (squared, huber, twin)
    ]
    t = Task()
    about = (
        f"regression on a mapping of {t.inputs} inputs that is rotated every {t.steps} steps, targets of deviation "
        f"{t.scale:g} with noise of deviation {t.noise:g}; test error over {t.phases - 1} shifts"
    )
    return [Effect("hl_gauss_regression", about, arms, claims)]
