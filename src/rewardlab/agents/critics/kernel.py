"""What value decomposition stands on: a memory of a team's steps in NumPy, and the mixing network. Needs torch."""

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core.errors import BadOption
from rewardlab.core.nets import seeded


class Memory:
    """The last `capacity` transitions, column by column, in a ring.

    Args:
        capacity: transitions, at least 1.

    Raises:
        BadOption: for no room.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise BadOption(f"buffer_size={capacity!r}", where="Memory", expected="at least 1")
        self.capacity, self.size, self._at = capacity, 0, 0
        self._held: dict[str, np.ndarray] = {}

    def add(self, **columns: np.ndarray) -> None:
        """Take in transitions [n, ...] of each column; the oldest make room."""
        n = len(next(iter(columns.values())))
        place = (self._at + np.arange(n)) % self.capacity
        for name, column in columns.items():
            if name not in self._held:
                self._held[name] = np.zeros((self.capacity, *column.shape[1:]), dtype=column.dtype)
            self._held[name][place[-self.capacity :]] = column[-self.capacity :]
        self._at, self.size = int((self._at + n) % self.capacity), min(self.size + n, self.capacity)

    def sample(self, n: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """n transitions, each drawn from all that are held."""
        place = rng.integers(self.size, size=n)
        return {name: torch.from_numpy(column[place]) for name, column in self._held.items()}


class Mixing(nn.Module):
    """Joint values from the units' values by a network that rises in each of them; its weights come from the state.

        Q(s, a) = w₂ᵀ elu(W₁ᵀ q + b₁) + v,    W₁ = |h₁(s)|, w₂ = |h₂(s)|

    Args:
        team: units.
        state: features of the state.
        width: of the hidden layer.
        seed: of the weights.
    """

    def __init__(self, team: int, state: int, width: int, *, seed: int) -> None:
        super().__init__()
        self.team, self.width = team, width
        with seeded(seed):
            self.first, self.offset = nn.Linear(state, team * width), nn.Linear(state, width)
            self.second = nn.Linear(state, width)
            self.value = nn.Sequential(nn.Linear(state, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, values: Tensor, state: Tensor) -> Tensor:
        """[B] from values [B, team] and states [B, D]."""
        first = self.first(state).abs().reshape(-1, self.team, self.width)
        hidden = nn.functional.elu(torch.bmm(values[:, None], first)[:, 0] + self.offset(state))
        return (hidden * self.second(state).abs()).sum(1) + self.value(state)[:, 0]
