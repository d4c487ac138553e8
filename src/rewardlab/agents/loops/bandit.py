"""The bandit loop: how often each arm was pulled, what it paid, and the regret where the environment knows it."""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.online import OnlineAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadCheckpoint, BadSpace


@dataclass(eq=False)
class BanditAgent(OnlineAgent):
    """An agent that knows its arms by their mean pay and looks at no observation.

    It has M memories: one that all N rows feed, where a step pulls N arms at once of whose pay nothing is known before
    all of them are pulled; or, with `independent`, one for each row, so that N runs are played at once.

    Methods write `prepare` (options, and tables of their own with leading axis `memories`) and `pull`; those that learn
    more than counts and totals also `feed`, and `tables` of what they hold.

    Args:
        independent: every row is a run of its own.

    Attributes:
        counts: [M, K] pulls of each arm.
        totals: [M, K] pay of each arm.
        regret: [M] sums of the info column `pseudo_regret`; NaN where the environment does not tell it.
        regret_log: [pulls of a memory, regret of each of the M] after the first step and then at each twentieth more.
    """

    independent: bool = field(default=False, kw_only=True)

    observations: ClassVar[tuple[type[spaces.Space], ...]] = (
        spaces.Box,
        spaces.Discrete,
        spaces.MultiBinary,
        spaces.MultiDiscrete,
    )

    def __post_init__(self) -> None:
        self.counts = np.zeros((0, 0), dtype=np.int64)  # [M, K]
        super().__post_init__()
        self.counts = np.zeros((self.memories, self.num_actions), dtype=np.int64)
        self.totals = np.zeros((self.memories, self.num_actions))  # [M, K]
        self.regret = np.zeros(self.memories)
        self.regret_log: list[list[float]] = []

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """The arms [n] to pull at once; with n memories row i asks memory i."""
        raise NotImplementedError

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        """Learn from pulls [B] of memories [B] beyond what `counts` and `totals`, brought up to date, tell."""

    @property
    def memories(self) -> int:
        """M."""
        return len(self.counts) or (self.n_envs if self.independent and self.n_envs else 1)

    @property
    def means(self) -> np.ndarray:
        """[M, K] mean pay of each arm, 0 before its first pull."""
        return self.totals / np.maximum(self.counts, 1)

    @property
    def pulled(self) -> np.ndarray:
        """[M] pulls so far."""
        return self.counts.sum(1)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self._check_rows(len(obs))
        return self.pull(len(obs), rng)

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        self._check_rows(len(obs))
        best = np.where(self.counts > 0, self.means, -np.inf).argmax(1)
        return best if self.memories > 1 else np.repeat(best, len(obs))

    def absorb(self, step: Step) -> None:
        live = slice(None) if step.live.all() else step.live
        memory = np.arange(len(step.live))[live] if self.memories > 1 else np.zeros(int(step.live.sum()), dtype=int)
        arm, pay = step.action[live] - self.first_action, step.reward[live]
        cell = memory * self.num_actions + arm
        if self.memories > 1:  # one pull of each: no cell comes twice
            self.counts.reshape(-1)[cell] += 1
            self.totals.reshape(-1)[cell] += pay
        else:
            self.counts += np.bincount(cell, minlength=self.num_actions)
            self.totals += np.bincount(cell, pay, minlength=self.num_actions)
        self.feed(memory, arm, pay)
        lost = step.column("pseudo_regret")
        self.regret += math.nan if lost is None else np.bincount(memory, lost[live], minlength=self.memories)
        pulls = (self.num_timesteps + len(arm)) // self.memories
        if not self.regret_log or pulls >= 1.05 * self.regret_log[-1][0]:
            self.regret_log.append([pulls, *self.regret.tolist()])

    def tables(self) -> dict[str, Any]:
        held = {"counts": self.counts, "totals": self.totals}
        return {**held, "regret": self.regret, "regret_log": self.regret_log}

    def set_env(self, env: Any) -> None:
        before = self.env, self._rollout
        super().set_env(env)
        if self.independent and self.n_envs != self.memories:
            rows = self.n_envs
            self.env, self._rollout = before
            raise BadCheckpoint(f"{rows} rows", where=self._name, expected=f"{self.memories}, one for each run")

    def _check_rows(self, n: int) -> None:
        if self.memories not in (1, n):
            raise BadSpace(f"{n} observations", where=self._name, expected=f"{self.memories}, one for each run")


@dataclass(eq=False)
class IndexAgent(BanditAgent):
    """A bandit agent that pulls the arm with the largest number; arms that were never pulled come first.

    N rows that share a memory choose one after the other, each pull counted in n_k, but not in the mean, before its pay
    is known; an arm of whose pay nothing is known has mean 0 meanwhile. With one row it is the paper's algorithm.

    Methods write `prepare` and `index`.
    """

    def index(self, means: np.ndarray, counts: np.ndarray, pulled: np.ndarray) -> np.ndarray:
        """The numbers [M, K] for means [M, K] of counts [M, K] >= 1 pulls, after `pulled` [M, 1] pulls in all."""
        raise NotImplementedError

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        if self.memories == n:
            return self._best(self.counts, self.pulled[:, None], rng)
        share, arms = self.counts.copy(), np.empty(n, dtype=np.int64)
        for i in range(n):
            arm = self._best(share, self.pulled[:, None] + i, rng)
            share[0, arm] += 1
            arms[i] = arm[0]
        return rng.permutation(arms)  # rows are not tied to arms

    def _best(self, counts: np.ndarray, pulled: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        values = self.index(self.means, np.maximum(counts, 1), pulled)
        if (pulled[:, 0] < 2 * counts.shape[1]).any() or not counts.all():
            values = np.where(counts == 0, np.inf, values)
        return any_best(values, rng)


@dataclass(eq=False)
class WidthAgent(IndexAgent):
    """An index agent whose confidence is a number of the time times a number of the count.

        x̄_k + scale(t) width(n_k)

    Both are functions of one number, so that `bandit_compiled.play` plays it from two tables.

    Methods write `prepare`, `scale` and `width`.
    """

    def scale(self, pulled: np.ndarray) -> np.ndarray:
        """For t >= 0 pulls so far, of any shape."""
        raise NotImplementedError

    def width(self, counts: np.ndarray) -> np.ndarray:
        """For n_k >= 1 pulls of an arm, of any shape."""
        raise NotImplementedError

    def index(self, means: np.ndarray, counts: np.ndarray, pulled: np.ndarray) -> np.ndarray:
        return means + self.scale(pulled) * self.width(counts)


def any_best(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The position [M] of the largest of values [M, K] in each row, each of equals alike."""
    best = values.argmax(1)
    tied = np.flatnonzero((values == values[np.arange(len(values)), best][:, None]).sum(1) > 1)
    if len(tied):
        equal = values[tied] == values[tied, best[tied]][:, None]
        best[tied] = np.where(equal, rng.random(equal.shape), -1.0).argmax(1)
    return best
