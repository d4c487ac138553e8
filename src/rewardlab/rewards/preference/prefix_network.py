"""A recurrent network over segments: a state for each prefix, a score of it, and where it lies among goals.

h_t = GRU(relu(E x_t), h_{t−1}),    score = v·h + b,    place = A h
"""

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.arrays import array, tensor
from rewardlab.core.batch import Transitions


class PrefixNetwork(nn.Module):
    """States of prefixes, their scores and places.

    Args:
        width: D, features of a step.
        hidden: H, of a state.
        projection: of a place.
        seed: of the weights.
    """

    def __init__(self, width: int, hidden: int, projection: int, *, seed: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.trunk = nets.Recurrent(hidden, hidden, seed=nets.child_seed(seed, 0))
        with nets.seeded(nets.child_seed(seed, 1)):
            self.embed, self.head = nn.Linear(width, hidden), nn.Linear(hidden, 1)
            self.place = nn.Linear(hidden, projection, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """States [*lead, T, H] of steps [*lead, T, D]."""
        steps = self.embed(x).relu().reshape(-1, *x.shape[-2:-1], self.hidden).movedim(1, 0)  # [T, N, H]
        begun = torch.zeros(steps.shape[:2], dtype=torch.bool, device=x.device)
        states, _ = self.trunk(steps, self.trunk.initial(steps.shape[1]), begun)
        return states.movedim(0, 1).reshape(*x.shape[:-1], self.hidden)

    def step(self, x: Tensor, state: Tensor) -> Tensor:
        """The states [N, H] after one more step [N, D]."""
        after: Tensor = self.trunk.cell(self.embed(x).relu(), state)
        return after

    def scores(self, states: Tensor) -> Tensor:
        """[*lead] of states [*lead, H]."""
        out: Tensor = self.head(states).squeeze(-1)
        return out

    def project(self, states: Tensor) -> Tensor:
        """A h [*lead, projection]."""
        out: Tensor = self.place(states)
        return out


def lengths(items: Transitions) -> Tensor:
    """Steps [P, G] that count of each segment, at least 1."""
    mask = items.info.get("mask")
    full = torch.full(items.shape[:2], items.shape[2])
    return full if mask is None else (tensor(mask) != 0).sum(-1).clamp(min=1)


def last(x: Tensor, length: Tensor) -> Tensor:
    """x [*lead, T, ...] at the last of `length` [*lead] steps."""
    lead = length.ndim
    place = (length.to(x.device) - 1).reshape(*length.shape, *([1] * (x.ndim - lead)))
    return torch.take_along_dim(x, place, dim=lead).squeeze(lead)


def drawn(below: Tensor, rng: np.random.Generator) -> Tensor:
    """Integers [B], each uniform in 0 .. below − 1."""
    return torch.as_tensor(rng.integers(0, array(below)), device=below.device)
