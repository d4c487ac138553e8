"""Lion and Lion-K, optimisers that bound the weights.

    x ← x − η ( ∇K(β₁ m + (1 − β₁) g) + λ x ),    m ← β₂ m + (1 − β₂) g
    K = ‖·‖₁: ∇K = sign,    K = ‖·‖₂: ∇K(u) = u / ‖u‖

With weight decay λ it solves min f(x) under |x_i| ≤ 1/λ (‖x‖ ≤ 1/λ for K = ‖·‖₂): from outside, the distance to the
bound shrinks by 1 − η λ or more in every step; inside, a Lyapunov function falls. So λ is a bound on weights, which
says how steep a critic or a discriminator can be.

Source: Chen, Liu, Liang, Liu, "Lion Secretly Solves Constrained Optimization: As Lyapunov Predicts", ICLR 2024;
Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023, Algorithm 2.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from rewardlab.core.errors import BadOption


class Lion(torch.optim.Optimizer):
    """Lion; `policy_kwargs={"optimizer_class": Lion}` gives it to a Stable-Baselines3 policy.

    Args:
        params: what is learned, as for every torch optimiser.
        lr: η, above 0; about a fifth of what Adam takes.
        betas: β₁ and β₂ in [0, 1).
        weight_decay: λ at least 0; weights end within ± 1/λ. 0, a default of ours, for no bound.
        ball: K = ‖·‖₂ of each parameter, so that its norm ends within 1/λ; else K = ‖·‖₁.

    Raises:
        BadOption: for a number outside these bounds.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        ball: bool = False,
    ) -> None:
        if not lr > 0 or not weight_decay >= 0 or not all(0 <= b < 1 for b in betas):
            raise BadOption(
                f"lr={lr!r}, betas={betas!r}, weight_decay={weight_decay!r}",
                where="Lion",
                expected="lr > 0, 0 <= beta < 1, weight_decay >= 0",
            )
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay, "ball": ball})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """One step down the gradients that stand in `.grad`; returns what `closure` returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._move(p, p.grad, group)
        return loss

    def _move(self, x: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        momentum = self.state[x].setdefault("momentum", torch.zeros_like(x))
        first, second = group["betas"]
        mixed = momentum.lerp(gradient, 1 - first)
        if group["ball"]:
            direction = mixed / mixed.norm().clamp(min=torch.finfo(mixed.dtype).tiny)
        else:
            direction = mixed.sign()
        x.mul_(1 - group["lr"] * group["weight_decay"]).add_(direction, alpha=-group["lr"])
        momentum.lerp_(gradient, 1 - second)
