"""Exploration-guided reward shaping (EXPLORS).

    R̂(s, a) = R_ext(s, a) + R_φ(s, a) + B(s),    B(s) = b / √(1 + visits of the cell of s)
    φ ← φ + lr · ∂I / ∂φ,    I = Σ_{s, a} [d(s) π(a | s)]² A(s, a) [R_φ(s, a) − Σ_b π(b | s) R_φ(s, b)]

An agent designs its own reward while it learns: R_φ pays what its critic of the task's reward has found good, so that
the next step of learning gains most; the bonus brings it to what the critic has not seen. No teacher is needed; states
and actions are numbered.

Source: Devidze, Kamalaruban, Singla, "Exploration-Guided Reward Shaping for Reinforcement Learning under Sparse
Rewards", NeurIPS 2022; Devidze, "Reward Design for Reinforcement Learning Agents", doctoral thesis, 2025.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.designer import pull

_TABLES = ("phi", "Q", "taken", "visits")


@dataclass
class Explors(Reward):
    """Pays R_φ(s, a) + B(s), both learned; the task's own reward is to be added: `Task() + Explors(...)`.

    `update` reads the task's reward in `batch.reward`. From the steps it estimates the agent's policy, by counts that
    fade, and a critic by expected SARSA under that policy. R_φ then takes one step up I, in which d(s) π(a | s) is
    relative to the most frequent pair (ours), so that a step does not shrink with the number of states.

    Args:
        states, actions: S and A.
        bonus: b, what an unseen cell pays.
        gamma: the critic's discount, in [0, 1].
        critic_lr: the critic's step, in (0, 1].
        lr: the step of R_φ, > 0 (ours).
        memory_steps: after how many steps the counts of the policy have faded to 1 / e, > 0.
        largest: the bound of |R_φ|.
        cells: the abstract state of each state, S integers >= 0; None takes each state by itself.
        index: observations [B, *obs] -> the number of their state, [B] integers; None where they are numbers of states.

    Raises:
        BadOption: for options outside their ranges.
        BadBatch: for states or actions outside the tables; from `update` also for a reward that is not finite.
    """

    states: int
    actions: int
    bonus: float = 1.0
    gamma: float = 0.99
    critic_lr: float = 0.1
    lr: float = 1.0
    memory_steps: float = 1000.0
    largest: float = 10.0
    cells: tuple[int, ...] | None = None
    index: Callable[[Tree], Array] | None = None
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "no"

    def __post_init__(self) -> None:
        cells = range(self.states) if self.cells is None else self.cells
        self._cells = np.array(cells, dtype=np.int64)
        for name, good, expected in (
            ("states", self.states >= 1, ">= 1"),
            ("actions", self.actions >= 1, ">= 1"),
            ("gamma", 0.0 <= self.gamma <= 1.0, "in [0, 1]"),
            ("critic_lr", 0.0 < self.critic_lr <= 1.0, "in (0, 1]"),
            ("lr", 0.0 < self.lr < np.inf, "> 0"),
            ("memory_steps", 0.0 < self.memory_steps < np.inf, "> 0"),
            ("largest", 0.0 < self.largest < np.inf, "> 0"),
            ("cells", self._cells.shape == (self.states,) and (self._cells >= 0).all(), "an integer >= 0 per state"),
        ):
            if not good:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="Explors", expected=expected)
        shape = (self.states, self.actions)
        self._phi, self._Q, self._taken = (np.zeros(shape) for _ in range(3))
        self._visits = np.zeros(int(self._cells.max()) + 1)  # of cells

    def __call__(self, batch: Transitions) -> Array:
        state, action = self._numbers(batch.obs, batch)
        paid = self._phi[state, action] + self.bonus / np.sqrt(1.0 + self._visits[self._cells[state]])
        return tensor(paid, like=batch.reward) if is_torch(batch.reward) else paid

    @property
    def policy(self) -> np.ndarray:
        """The estimate of the agent's policy, [S, A]; uniform where nothing was seen."""
        return (self._taken + 1e-3) / (self._taken + 1e-3).sum(1, keepdims=True)

    def update(self, batch: Transitions) -> dict[str, float]:
        state, action = (x.ravel() for x in self._numbers(batch.obs, batch))
        after = self._numbers(batch.next_obs, batch)[0].ravel()
        reward, ended = array(batch.reward).astype(np.float64).ravel(), array(batch.terminated).ravel()
        if not np.isfinite(reward).all():
            raise BadBatch("a reward that is not finite", where="Explors.update", expected="finite rewards")
        if not len(state):
            return {}
        self._taken *= np.exp(-len(state) / self.memory_steps)
        np.add.at(self._taken, (state, action), 1.0)
        np.add.at(self._visits, self._cells[state], 1.0)
        policy = self.policy
        for i in reversed(range(len(state))):  # the newest first: a reward goes back over an episode at once
            value = 0.0 if ended[i] else policy[after[i]] @ self._Q[after[i]]
            at = state[i], action[i]
            self._Q[at] += self.critic_lr * (reward[i] + self.gamma * value - self._Q[at])
        slope = pull(self._taken / self._taken.max(), policy, self._Q)
        self._phi = np.clip(self._phi + self.lr * slope, -self.largest, self.largest)
        return {
            f"{self.name}/cells": float((self._visits > 0).sum()),
            f"{self.name}/pay": float(np.abs(self._phi).max()),
        }

    def _numbers(self, obs: Tree, batch: Transitions) -> tuple[np.ndarray, np.ndarray]:
        """States and actions, in the shape of the batch."""
        state, action = array(obs if self.index is None else self.index(obs)), array(batch.action)
        for name, x, count in (("state", state, self.states), ("action", action, self.actions)):
            outside = x.dtype.kind not in "iu" or ((x < 0) | (x >= count)).any()
            if outside:
                raise BadBatch(
                    f"{name}s of {x.dtype} in {x.min():g}..{x.max():g}", where="Explors", expected=f"0..{count - 1}"
                )
        return state, action

    def state_dict(self) -> dict[str, Any]:
        return {name: getattr(self, f"_{name}").copy() for name in _TABLES}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, _TABLES, where=self.name)
        for name in _TABLES:
            new, old = np.array(state[name], dtype=np.float64), getattr(self, f"_{name}")
            if new.shape != old.shape:
                raise BadCheckpoint(f"{name} of shape {new.shape}", where=self.name, expected=f"{old.shape}")
        for name in _TABLES:
            setattr(self, f"_{name}", np.array(state[name], dtype=np.float64))
