"""Coupled redundant learners.

    x_i ← x_i − η g_i − η κ Σ_j L_ij x_j
    Var(x̄) = σ² / (2 λ N),    Var(mode k) = σ² / (2 (λ + κ l_k))

N copies of one learner, each with noise of its own, are drawn to each other through a graph with Laplacian L, whose
eigenvalues are 0 = l_1 < l_2 ≤ …. Their mean feels a noise that is √N smaller; the coupling keeps each copy near that
mean, so that where the loss curves many ways they still follow one gradient. The variances are those of a loss of
curvature λ under gradient noise σ, for small η.

Source: Bouvrie, Slotine, "Synchronization and Redundancy: Implications for Robustness of Neural Learning and Decision
Making", Neural Computation 2011.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from rewardlab.core.errors import BadOption


def complete(replicas: int) -> Tensor:
    """The Laplacian [N, N] where everyone is coupled to everyone; l_2 = N."""
    return replicas * torch.eye(_many(replicas, 2), dtype=torch.float64) - 1


def star(replicas: int) -> Tensor:
    """The Laplacian [N, N] where the first is coupled to all others; l_2 = 1, from three replicas on."""
    laplacian = torch.eye(_many(replicas, 2), dtype=torch.float64)
    laplacian[0] = laplacian[:, 0] = -1
    laplacian[0, 0] = replicas - 1
    return laplacian


def ring(replicas: int) -> Tensor:
    """The Laplacian [N, N] where everyone is coupled to two neighbours; l_2 = 2 − 2 cos(2π / N)."""
    eye = torch.eye(_many(replicas, 3), dtype=torch.float64)
    return 2 * eye - eye.roll(1, 0) - eye.roll(-1, 0)


def coupling(values: Tensor, laplacian: Tensor, strength: float) -> Tensor:
    """κ Σ_j L_ij x_j [N, ...]: the pull on each replica, of values [N, ...]."""
    pull = laplacian.to(values) @ values.flatten(1) if values.ndim > 1 else laplacian.to(values) @ values
    return strength * pull.view(values.shape)


def centroid_variance(noise: float, curvature: float, replicas: int) -> float:
    """σ² / (2 λ N): of the mean of the replicas, in each coordinate, when they have settled."""
    return noise**2 / (2 * curvature * replicas)


def disagreement(noise: float, curvature: float, laplacian: Tensor, strength: float) -> float:
    """(1/N) Σ_{k ≥ 2} σ² / (2 (λ + κ l_k)): mean squared distance from their mean, per coordinate, when settled."""
    modes = torch.linalg.eigvalsh(laplacian.double())[1:]
    return float((noise**2 / (2 * (curvature + strength * modes))).sum()) / len(laplacian)


class Coupled(torch.optim.Optimizer):
    """An optimiser of N replicas that also draws them to each other.

    Every parameter has the replicas as its first dimension [N, ...]; their losses are added up. The pull comes after
    the step of the optimiser within, with its step size, from where the replicas stood before it.

    Args:
        optimizer: what steps down the gradients; its groups, its state and its files stay its own.
        laplacian: [N, N], symmetric with rows that sum to 0: `complete`, `star`, `ring` or your own.
        strength: κ, at least 0; η κ times the largest eigenvalue stays below 1.

    Raises:
        BadOption: for a matrix that is no Laplacian, parameters without N replicas, or a coupling that would swing.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, laplacian: Tensor, strength: float = 1.0) -> None:
        _check_laplacian(laplacian)
        self.optimizer, self.laplacian, self.strength = optimizer, laplacian.double(), strength
        self.defaults, self.param_groups, self.state = optimizer.defaults, optimizer.param_groups, optimizer.state
        largest = float(torch.linalg.eigvalsh(self.laplacian)[-1])
        for group in self.param_groups:
            shapes = [tuple(p.shape) for p in group["params"]]
            if any(not s or s[0] != len(laplacian) for s in shapes):
                raise BadOption(f"parameters of shapes {shapes}", where="Coupled", expected=f"[{len(laplacian)}, ...]")
            if not 0 <= strength * largest * group["lr"] < 1:
                raise BadOption(
                    f"strength={strength!r} with lr={group['lr']!r} and a largest eigenvalue of {largest:.3g}",
                    where="Coupled",
                    expected="0 <= lr * strength * eigenvalue < 1",
                    mend="a smaller strength",
                )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """One step of the optimiser within, and the pull."""
        pulls = [[coupling(p, self.laplacian, self.strength) for p in g["params"]] for g in self.param_groups]
        with torch.enable_grad():
            loss = self.optimizer.step(closure)  # type: ignore[arg-type]
        for group, pulled in zip(self.param_groups, pulls, strict=True):
            for p, pull in zip(group["params"], pulled, strict=True):
                p.sub_(pull, alpha=group["lr"])
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        self.optimizer.zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """That of the optimiser within."""
        return self.optimizer.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state of the optimiser within."""
        self.optimizer.load_state_dict(state_dict)
        self.param_groups, self.state = self.optimizer.param_groups, self.optimizer.state


def centroids(parameters: Sequence[Tensor]) -> list[Tensor]:
    """The mean over replicas [...] of each parameter [N, ...]: what decides."""
    return [p.detach().mean(0) for p in parameters]


def _many(replicas: int, least: int) -> int:
    if isinstance(replicas, bool) or not isinstance(replicas, int) or replicas < least:
        raise BadOption(f"replicas={replicas!r}", where="Laplacian", expected=f"an integer of at least {least}")
    return replicas


def _check_laplacian(laplacian: Tensor) -> None:
    square = laplacian.ndim == 2 and laplacian.shape[0] == laplacian.shape[1]
    if square and torch.equal(laplacian, laplacian.T):
        spectrum = torch.linalg.eigvalsh(laplacian.double())
        if float(laplacian.double().sum(1).abs().max()) < 1e-9 and math.isfinite(spectrum[-1]) and spectrum[0] > -1e-9:
            return
    raise BadOption(
        f"laplacian of shape {tuple(laplacian.shape)}",
        where="Coupled",
        expected="[N, N], symmetric, rows that sum to 0, no negative eigenvalue",
        mend="complete(N), star(N) or ring(N)",
    )
