"""Inverse and forward models of the dynamics, in features that say what the agent controls. Needs torch."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from rewardlab.core import nets


class Dynamics(nn.Module):
    """φ(s); â = g(φ(s), φ(s')); φ̂(s') = f(φ(s), a).

    Args:
        inputs: D, width of observations.
        actions: A, width of encoded actions.
        features: width of φ.
        hidden: widths of the hidden layers.
        seed: of all weights.
    """

    def __init__(self, inputs: int, actions: int, *, features: int, hidden: tuple[int, ...], seed: int) -> None:
        super().__init__()
        self.phi = nets.mlp(inputs, features, hidden, seed=nets.child_seed(seed, 0))
        self.inverse = nets.mlp(2 * features, actions, hidden[-1:], seed=nets.child_seed(seed, 1))
        self.onward = nets.mlp(features + actions, features, hidden[-1:], seed=nets.child_seed(seed, 2))

    def forward_error(self, x: Tensor, a: Tensor, y: Tensor) -> Tensor:
        """½ ‖φ̂(s') − φ(s')‖² [*lead]; no gradient flows into φ, which would make it a constant."""
        before, after = self.phi(x).detach(), self.phi(y).detach()
        return 0.5 * ((self.onward(torch.cat([before, a], -1)) - after) ** 2).sum(-1)

    def inverse_loss(self, x: Tensor, a: Tensor, y: Tensor) -> Tensor:
        """How badly the action is told from the two states, a scalar: cross entropy for one-hot actions."""
        guess = self.inverse(torch.cat([self.phi(x), self.phi(y)], -1))
        one_hot = bool(((a == 0) | (a == 1)).all() and (a.sum(-1) == 1).all())
        if one_hot and a.shape[-1] > 1:
            return functional.cross_entropy(guess.reshape(-1, guess.shape[-1]), a.reshape(-1, a.shape[-1]).argmax(-1))
        return ((guess - a) ** 2).mean()
