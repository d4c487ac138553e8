"""State values learned by temporal differences: a table for integers, a small network for all other observations."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch

if TYPE_CHECKING:
    from torch import Tensor

    from rewardlab.core.nets import Encoder

_LARGEST = 1 << 24  # states of a table: at most 128 MB


def numbered(obs: Tree, lead: tuple[int, ...]) -> bool:
    """Whether observations are one integer each."""
    return tuple(getattr(obs, "shape", (-1,))) == lead and "int" in str(obs.dtype)


class TableValues:
    """V of the states 0, 1, 2, ...; 0 where nothing was learned, and NaN for negative numbers, which are no states.

        V(s) ← V(s) + lr · mean over the steps from s of [r + γ V(s') − V(s)],    V(terminal) = 0

    Args:
        lr: the step, in (0, 1].
        where: whose values they are, for messages.
    """

    def __init__(self, lr: float, *, where: str) -> None:
        self.lr, self.where = lr, where
        self.table = np.zeros(0)

    def __call__(self, obs: Tree, batch: Transitions) -> Array:
        """V [B], in the kind of the batch."""
        found = self._at(array(obs))
        return tensor(found, like=batch.reward) if is_torch(batch.reward) else found

    def _at(self, state: np.ndarray) -> np.ndarray:
        known = (state >= 0) & (state < len(self.table))
        found = np.append(self.table, 0.0)[np.where(known, state, len(self.table))]
        return np.where(state < 0, np.nan, found)

    def learn(self, batch: Transitions, gamma: float) -> float:
        """Take in steps [T, N] or [B]; the mean squared error before.

        Raises:
            BadBatch: for a state outside the table, or a reward that is not finite; nothing was learned.
        """
        steps = batch.map(array)
        if len(batch.shape) == 1:
            steps = steps.map(lambda x: x[None])
        highest = int(max(steps.obs.max(), steps.next_obs.max()))
        if min(steps.obs.min(), steps.next_obs.min()) < 0 or highest >= _LARGEST:
            raise BadBatch(f"states up to {highest}", where=self.where, expected=f"integers in 0..{_LARGEST - 1}")
        if not np.isfinite(steps.reward).all():
            raise BadBatch("a reward that is not finite", where=self.where, expected="finite rewards")
        self.table = np.concatenate([self.table, np.zeros(max(0, highest + 1 - len(self.table)))])
        squares = []
        for t in reversed(range(len(steps))):  # the newest first: a reward goes back over a whole episode at once
            s, after = steps.obs[t].ravel(), self.table[steps.next_obs[t].ravel()]
            error = steps.reward[t].ravel() + gamma * np.where(steps.terminated[t].ravel(), 0.0, after) - self.table[s]
            left, place = np.unique(s, return_inverse=True)
            self.table[left] += self.lr * np.bincount(place, error) / np.bincount(place)
            squares.append(np.mean(error**2))
        return float(np.mean(squares))

    def state_dict(self) -> dict[str, Any]:
        """The table."""
        return {"table": self.table.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        check_keys(state, ("table",), where=self.where)
        self.table = np.array(state["table"], dtype=np.float64)


class NetValues:
    """V of encoded and whitened observations, a perceptron fitted to r + γ V(s') with V(s') held still.

    Args:
        encoder: of the observations.
        hidden, lr, seed: of the network.
        where: whose values they are, for messages.
    """

    def __init__(self, encoder: "Encoder", hidden: tuple[int, ...], lr: float, seed: int, *, where: str) -> None:
        from rewardlab.core import nets

        self.encoder, self.where = encoder, where
        self._norm = nets.RunningNorm(encoder.width)
        self._fit = nets.Fit(nets.mlp(encoder.width, 1, hidden, seed=seed), lr, clip=10.0, name=where)

    def _encoded(self, obs: Tree, lead: tuple[int, ...]) -> "Tensor":
        x = self.encoder(obs, lead)
        if x.device != next(self._fit.module.parameters()).device:
            self._fit.to(x.device)
        return x

    def _value(self, x: "Tensor") -> "Tensor":
        value: Tensor = self._fit.module(self._norm(x))[..., 0]
        return value

    def __call__(self, obs: Tree, batch: Transitions) -> Array:
        """V [B], in the kind of the batch."""
        value = self._value(self._encoded(obs, batch.shape)).detach()
        return value.to(batch.reward.device) if is_torch(batch.reward) else value.cpu().numpy()

    def learn(self, batch: Transitions, gamma: float) -> float:
        """One step of Adam on all rows of the batch; the mean squared error before.

        Raises:
            BadBatch: for an observation with NaN or infinity.
        """
        before, after = (self._encoded(x, batch.shape) for x in (batch.obs, batch.next_obs))
        if not (before.isfinite().all() and after.isfinite().all()):
            raise BadBatch("an observation with NaN or infinity", where=self.where, expected="finite numbers")
        self._norm.update(before)
        reward, ended = tensor(batch.reward, like=before), tensor(batch.terminated, device=before.device)
        target = reward + gamma * self._value(after).detach().masked_fill(ended, 0.0)
        return self._fit(((self._value(before) - target) ** 2).mean())["loss"]

    def state_dict(self) -> dict[str, Any]:
        """Encoder, whitening, weights and moments."""
        return {
            "encoder": self.encoder.state_dict(),
            "norm": self._norm.state_dict(),
            "net": self._fit.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict` of values with the same encoder and widths."""
        check_keys(state, ("encoder", "norm", "net"), where=self.where)
        self._norm.load_state_dict(state["norm"])
        self._fit.load_state_dict(state["net"])


def rows_of(batch: Transitions) -> int:
    """How many steps a batch has."""
    return math.prod(batch.shape)
