"""One step down a clipped gradient; for Adam, all parameters in one product instead of a dozen a piece.

The parameters of a small policy are many small tensors, and the time of an update goes into calling each. Here they,
and Adam's moments, are views of one long vector each. The optimiser that Stable-Baselines3 saves and loads is the
same object as ever, and the steps are its steps.

Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, Algorithm 1; Pascanu, Mikolov, Bengio, "On
the difficulty of training recurrent neural networks", ICML 2013, Algorithm 1 (the norm clipped).
"""

import torch
from torch import Tensor


class Descent:
    """Steps of an optimiser.

    Args:
        optimizer: of any kind; plain `torch.optim.Adam` with one group of float32 parameters is taken over.
        max_norm: the largest norm of the whole gradient.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, max_norm: float) -> None:
        self.optimizer, self.max_norm = optimizer, max_norm
        self.group = optimizer.param_groups[0]
        self.parameters: list[Tensor] = [p for g in optimizer.param_groups for p in g["params"]]
        self.flat: Tensor | None = None
        self.counted = torch.zeros(())
        if _plain(optimizer):
            self.tie()

    @torch.no_grad()
    def tie(self) -> None:
        """Make parameters and moments views of one vector each, wherever they lie now; what they hold stays."""
        self.group = self.optimizer.param_groups[0]  # another one after a state was loaded
        if not _plain(self.optimizer) or self._tied():
            return
        state = self.optimizer.state
        whole = torch.cat([p.detach().reshape(-1) for p in self.parameters])
        moments = [torch.zeros_like(whole), torch.zeros_like(whole)]
        steps, at = 0.0, 0
        for p in self.parameters:
            view = slice(at, at + p.numel())
            p.data = whole[view].view(p.shape)
            old = state.get(p, {})
            for name, moment in zip(("exp_avg", "exp_avg_sq"), moments, strict=True):
                if name in old:
                    moment[view] = old[name].reshape(-1)
            steps = float(old.get("step", 0.0))
            state[p] = {
                "step": torch.tensor(steps, dtype=torch.float32),
                "exp_avg": moments[0][view].view(p.shape),
                "exp_avg_sq": moments[1][view].view(p.shape),
            }
            at += p.numel()
        self.flat, self.first, self.second = whole, *moments
        self.counted = torch.tensor(steps, device=whole.device)

    def _tied(self) -> bool:
        if self.flat is None:
            return False
        last = self.parameters[-1]
        held = self.optimizer.state.get(last, {}).get("exp_avg")
        ends = self.flat.data_ptr() + 4 * (self.flat.numel() - last.numel())
        return (
            held is not None
            and last.data_ptr() == ends
            and held.data_ptr() == self.first.data_ptr() + 4 * (self.flat.numel() - last.numel())
        )

    def __call__(self, loss: Tensor) -> Tensor:
        """One step down the gradient of `loss`; its norm before clipping, a scalar on the device."""
        if self.flat is None:
            self.optimizer.zero_grad()
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.max_norm)
            self.optimizer.step()
            return norm.detach()
        grads = torch.autograd.grad(loss, self.parameters, materialize_grads=True)
        return self.step(torch.cat([g.reshape(-1) for g in grads]))

    @torch.no_grad()
    def step(self, grad: Tensor) -> Tensor:
        """One step down `grad`, which lies as `flat` does and is clipped in place; its norm before that."""
        assert self.flat is not None
        norm = grad.norm()
        grad.mul_((self.max_norm / (norm + 1e-6)).clamp(max=1.0))
        self.counted.add_(1)
        beta1, beta2 = self.group["betas"]
        torch._fused_adam_(
            [self.flat],
            [grad],
            [self.first],
            [self.second],
            [],
            [self.counted],
            lr=self.group["lr"],
            beta1=beta1,
            beta2=beta2,
            weight_decay=0.0,
            eps=self.group["eps"],
            amsgrad=False,
            maximize=False,
        )
        return norm

    @torch.no_grad()
    def settle(self) -> None:
        """Tell the optimiser how many steps it has taken: before it is saved."""
        if self.flat is not None:
            for p in self.parameters:
                self.optimizer.state[p]["step"].fill_(float(self.counted))


def _plain(optimizer: torch.optim.Optimizer) -> bool:
    if type(optimizer) is not torch.optim.Adam or len(optimizer.param_groups) != 1:
        return False
    group = optimizer.param_groups[0]
    odd = group["weight_decay"] or group["amsgrad"] or group["maximize"] or isinstance(group["lr"], Tensor)
    return not odd and all(p.dtype == torch.float32 and p.requires_grad for p in group["params"])
