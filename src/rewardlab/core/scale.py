"""The scale of a stream of rewards: the running standard deviation of its discounted return."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.statistics import RunningMoments, ranks


class ReturnScale:
    """What to divide rewards by, so that returns have about unit variance.

        G ← γ G + r,    scale = max(std G, rms r)

    The mean is not taken off: that would change which policies are best. The second term is ours; it matters only
    while returns have hardly varied (the first batches, rewards that are all alike), where std G alone would blow
    rewards up. The scale is 1 until something other than 0 was seen.

    Args:
        gamma: the discount of the returns.

    Source: Engstrom, Ilyas, Santurkar, Tsipras, Janoos, Rudolph, Madry, "Implementation Matters in Deep Policy
    Gradients: A Case Study on PPO and TRPO", ICLR 2020, Section 2 (reward scaling); Burda, Edwards, Storkey, Klimov,
    "Exploration by Random Network Distillation", ICLR 2019, Section 2.4.
    """

    def __init__(self, gamma: float = 0.99) -> None:
        self.gamma = gamma
        self.returns, self.rewards = RunningMoments(), RunningMoments()
        self._running = np.zeros(0)  # G of each row [N], carried from batch to batch

    @property
    def scale(self) -> float:
        """What to divide a reward by."""
        if not self.rewards.count:
            return 1.0
        square = max(float(self.returns.var), float(self.rewards.var) + float(self.rewards.mean) ** 2)
        return float(np.sqrt(square)) or 1.0

    def update(self, reward: Array, done: Array | None = None, *, row: Array | None = None) -> None:
        """Take in rewards [T, N], steps of the same rows as before, or [N], one step; other N begin anew.

        Args:
            reward: [T, N] or [N]; [B] with `row`.
            done: same shape, where returns begin anew after the step; None if they flow over episode borders.
            row: [B] the row 0 .. N - 1 that each reward is of, oldest first, where some steps of some rows are missing.
        """
        r = array(reward).astype(np.float64)
        go_on = np.ones(r.shape) if done is None else 1.0 - array(done)
        if row is not None:
            self._take_rows(r, go_on, array(row))
            return
        r = r[None] if r.ndim == 1 else r.reshape(len(r), -1)
        go_on = go_on.reshape(r.shape)
        running = self._running if len(self._running) == r.shape[1] else np.zeros(r.shape[1])
        returns = np.empty_like(r)
        for t in range(len(r)):
            returns[t] = running = self.gamma * running + r[t]
            running = running * go_on[t]
        self._running = running
        self.returns.update(returns.ravel())
        self.rewards.update(r.ravel())

    def _take_rows(self, r: np.ndarray, go_on: np.ndarray, row: np.ndarray) -> None:
        """Rewards [B] of the rows `row` [B], each row's oldest first."""
        running = np.zeros(max(len(self._running), int(row.max(initial=-1)) + 1))
        running[: len(self._running)] = self._running
        turn, returns = ranks(row), np.empty_like(r)
        for t in range(int(turn.max(initial=-1)) + 1):
            now = np.flatnonzero(turn == t)
            returns[now] = self.gamma * running[row[now]] + r[now]
            running[row[now]] = returns[now] * go_on[now]
        self._running = running
        self.returns.update(returns)
        self.rewards.update(r)

    def state_dict(self) -> dict[str, Any]:
        """Both moments and the running returns."""
        return {
            "returns": self.returns.state_dict(),
            "rewards": self.rewards.state_dict(),
            "running": self._running.copy(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of a `ReturnScale`.
        """
        check_keys(state, ("returns", "rewards", "running"), where="ReturnScale")
        self.returns.load_state_dict(state["returns"])
        self.rewards.load_state_dict(state["rewards"])
        self._running = np.array(state["running"], dtype=np.float64)
