"""The update of a small actor-critic written out: actor and critic side by side, gradients without a graph.

    h₀ = σ(x [W_actor, W_critic] + b),    hₖ = σ(hₖ₋₁ Wₖ + bₖ) for both at once,    δₖ₋₁ = σ'(hₖ₋₁) δₖ Wₖ

For networks of 64 units the calls, and not the products, take the time. Here one product serves both networks in each
layer, and its gradient is written where the optimiser reads it. Losses stay the loop's own: their gradient in the
outputs and the values, two small tensors, comes from autograd.

Source: Rumelhart, Hinton, Williams, "Learning Representations by Back-Propagating Errors", Nature 1986, Equations 4 to
6.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from rewardlab.agents.loops.actor_critic import NEVER, ActorCritic
from rewardlab.agents.loops.descent import Descent
from rewardlab.agents.loops.heads import Gaussian
from rewardlab.agents.loops.rollouts import Minibatch

Losses = Callable[[Tensor, Tensor], tuple[Tensor, dict[str, Tensor]]]


def layers(networks: ActorCritic) -> tuple[list[nn.Linear], list[nn.Linear], bool] | None:
    """Hidden layers of actor and critic, and whether they are tanh (else ReLU); None for what is not written out."""
    if type(networks) is not ActorCritic or networks.actor is None or networks.critic is None:
        return None
    actor, critic = (list(net.modules) for net in (networks.actor, networks.critic))
    kinds = {type(m) for m in actor[1::2] + critic[1::2]}
    hidden: list[list[Any]] = [net[:-1:2] for net in (actor, critic)]
    same = [tuple(m.weight.shape) for m in hidden[0]] == [tuple(m.weight.shape) for m in hidden[1]]
    if not hidden[0] or not same or len(kinds) != 1:
        return None
    return hidden[0], hidden[1], kinds == {nn.Tanh}


class Fused:
    """Gradients of a policy whose `layers` are known.

    Args:
        networks: what is learned, on the CPU.
        optimizer: of the policy.
        max_norm: the largest norm of the whole gradient.

    Attributes:
        descent: the steps; its vector has each layer's actor and critic side by side.
    """

    def __init__(self, networks: ActorCritic, optimizer: torch.optim.Optimizer, max_norm: float) -> None:
        found = layers(networks)
        assert found is not None
        actor, critic, self.tanh = found
        p: Any = networks.policy
        self.networks = networks
        self.gaussian = isinstance(networks.head, Gaussian)
        order: list[Tensor] = []
        self.shapes: list[tuple[int, ...]] = []
        for a, c in zip(actor, critic, strict=True):
            order += [a.weight, c.weight, a.bias, c.bias]
            self.shapes += [(2, *a.weight.shape), (2, a.out_features)]
        last = [p.action_net.weight, p.action_net.bias, p.value_net.weight, p.value_net.bias]
        last += [p.log_std] if self.gaussian else []
        self.shapes += [tuple(x.shape) for x in last]
        self.descent = Descent(optimizer, max_norm, [*order, *last])
        self._known: Tensor | None = None

    @property
    def ready(self) -> bool:
        """Whether the optimiser's steps are taken on one vector."""
        return self.descent.flat is not None

    def _cut(self, flat: Tensor) -> list[Tensor]:
        sizes = [torch.Size(s).numel() for s in self.shapes]
        return [x.view(s) for x, s in zip(flat.split(sizes), self.shapes, strict=True)]

    def __call__(self, batch: Minibatch, losses: Losses) -> tuple[Tensor, dict[str, Tensor]]:
        """The gradient of a loss in the descent's vector, good until the next call, and what the loss told.

        Args:
            batch: B steps.
            losses: of outputs [B, W] and values [B, K, width].
        """
        flat = self.descent.flat
        assert flat is not None
        if self._known is not flat:
            self._known, self.grad = flat, torch.empty_like(flat)
            self.weights, self.grads = self._cut(flat), self._cut(self.grad)
        x = batch.obs.float().flatten(1)
        with torch.no_grad():
            hidden, mean, seen = self._forward(x)
        value_width = self.networks.loss.width
        mean.requires_grad_()
        seen.requires_grad_()
        leaves, outputs = [mean, seen], mean
        if self.gaussian:
            spread = self.weights[-1].expand_as(mean).detach().requires_grad_()
            leaves, outputs = [mean, seen, spread], torch.cat([mean, spread], -1)
        if batch.mask is not None:
            outputs = outputs.masked_fill(~batch.mask, NEVER)
        loss, told = losses(outputs, seen.view(len(seen), -1, value_width))
        slopes = torch.autograd.grad(loss, leaves, materialize_grads=True)
        with torch.no_grad():
            self._backward(x, hidden, *slopes)
        return self.grad, told

    def _forward(self, x: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        """What each layer shows [2, B, H], outputs [B, W] and values [B, K * width]."""
        w = self.weights
        deep = (len(w) - (5 if self.gaussian else 4)) // 2
        now = torch.addmm(w[1].view(-1), x, w[0].view(-1, x.shape[1]).t())
        self._bend(now)
        hidden = [now.view(len(x), 2, -1).transpose(0, 1)]
        for k in range(1, deep):
            now = torch.baddbmm(w[2 * k + 1].unsqueeze(1), hidden[-1], w[2 * k].transpose(1, 2))
            self._bend(now)
            hidden.append(now)
        at = 2 * deep
        outputs = torch.addmm(w[at + 1], hidden[-1][0], w[at].t())
        return hidden, outputs, torch.addmm(w[at + 3], hidden[-1][1], w[at + 2].t())

    def _bend(self, x: Tensor) -> None:
        x.tanh_() if self.tanh else x.relu_()

    def _backward(
        self, x: Tensor, hidden: list[Tensor], outputs: Tensor, values: Tensor, spread: Tensor | None = None
    ) -> None:
        """Write the gradient, of slopes in outputs [B, W] and values [B, K * width]."""
        w, g, deep = self.weights, self.grads, len(hidden)
        at = 2 * deep
        slope = torch.empty((2, len(x), hidden[-1].shape[2]))
        for net, top in enumerate((outputs, values)):
            torch.mm(top.t(), hidden[-1][net], out=g[at + 2 * net])
            torch.sum(top, 0, out=g[at + 2 * net + 1])
            torch.mm(top, w[at + 2 * net], out=slope[net])
        if spread is not None:
            torch.sum(spread, 0, out=g[-1])
        for k in range(deep - 1, 0, -1):
            slope = self._unbend(slope, hidden[k])
            torch.bmm(slope.transpose(1, 2), hidden[k - 1], out=g[2 * k])
            torch.sum(slope, 1, out=g[2 * k + 1])
            slope = torch.bmm(slope, w[2 * k])
        first = self._unbend(slope, hidden[0]).transpose(0, 1).reshape(len(x), -1)
        torch.mm(first.t(), x, out=g[0].view(-1, x.shape[1]))
        torch.sum(first, 0, out=g[1].view(-1))

    def _unbend(self, slope: Tensor, shown: Tensor) -> Tensor:
        aten = torch.ops.aten
        return aten.tanh_backward(slope, shown) if self.tanh else aten.threshold_backward(slope, shown, 0)


def fused_of(networks: ActorCritic, optimizer: torch.optim.Optimizer, max_norm: float) -> Fused | None:
    """The written-out update; None where autograd has to serve."""
    if layers(networks) is None or networks.policy.device.type != "cpu":
        return None
    listed = {id(p) for g in optimizer.param_groups for p in g["params"]}
    if len(optimizer.param_groups) != 1 or listed != {id(p) for p in networks.policy.parameters()}:
        return None
    made = Fused(networks, optimizer, max_norm)
    return made if made.ready else None
