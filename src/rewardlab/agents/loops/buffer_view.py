"""A rollout under the names of Stable-Baselines3's `RolloutBuffer`, for callbacks: made when somebody asks."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from rewardlab.core.arrays import Tree, array, tree_map
from rewardlab.core.errors import BadOption


class BufferView:
    """What callbacks read of a rollout of T steps and N rows: arrays of NumPy [T, N, ...], copies of their own.

    `values`, `log_probs`, `returns` and `advantages` are known when the rollout is full, from `on_rollout_end` on. From
    then on `rewards` also holds what lies beyond steps at which episodes were cut, as there; before, what was paid.
    Of several streams, `values` and `returns` are those of the environment's reward, `advantages` all together.
    """

    steps: int
    rows: int
    pos: int = 0  # steps that are written
    obs: Tree
    action: Tensor | None
    reward: Tensor
    begun: Tensor
    terminated: Tensor
    truncated: Tensor
    judged: dict[str, Tensor] | None = None  # [T, N] each

    @property
    def buffer_size(self) -> int:
        """T."""
        return self.steps

    @property
    def n_envs(self) -> int:
        """N."""
        return self.rows

    @property
    def full(self) -> bool:
        """Whether all steps are written."""
        return self.pos == self.steps

    def size(self) -> int:
        """Steps that are written."""
        return self.pos

    @property
    def observations(self) -> Tree:
        """[T, N, *obs]; a dict of them for a Dict."""
        return tree_map(lambda x: _copied(x[:-1]), self.obs)

    @property
    def actions(self) -> np.ndarray:
        """[T, N, A] as the policy drew them; A is 1 for a Discrete."""
        if self.action is None:
            raise BadOption("actions before the first step", where="rollout_buffer", mend="read them in on_rollout_end")
        return _copied(self.action.reshape(self.steps, self.rows, -1))

    @property
    def rewards(self) -> np.ndarray:
        """[T, N]."""
        if self.judged is None:
            return _copied(self.reward)
        cut = self.truncated & ~self.terminated
        return _copied(self.judged["paid"] + torch.where(cut, self.judged["beyond"], 0.0))

    @property
    def episode_starts(self) -> np.ndarray:
        """[T, N]: 1 where an episode began, else 0."""
        return _copied(self.begun.float())

    @property
    def values(self) -> np.ndarray:
        """[T, N] of the policy that acted."""
        return self._late("values")

    @property
    def log_probs(self) -> np.ndarray:
        """[T, N] of the actions."""
        return self._late("log_probs")

    @property
    def returns(self) -> np.ndarray:
        """[T, N] targets of the values."""
        return self._late("returns")

    @property
    def advantages(self) -> np.ndarray:
        """[T, N], not normalised."""
        return self._late("advantages")

    def _late(self, name: str) -> np.ndarray:
        if self.judged is None:
            raise BadOption(
                f"{name} of a rollout that is not full",
                where="rollout_buffer",
                mend="read them in on_rollout_end; values and log_probs of a step are in self.locals",
            )
        return _copied(self.judged[name])


def _copied(x: Any) -> np.ndarray:
    return np.array(array(x))
