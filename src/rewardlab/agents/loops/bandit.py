"""The bandit loop: how often each arm was pulled, what it paid, and the regret where the environment knows it.

Where pay comes late and says of which arm it is, in the info columns `arrived_arm` [N, D], −1 for nothing, and
`arrived_pay` [N, D], all agents learn from these, and not from the reward: a pull is known when its pay is.

Source: Joulani, György, Szepesvári, "Online Learning under Delayed Feedback", ICML 2013 (confidence bounds from the
counts and means of what has come).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.memories import MemoryAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import FaultyEnvironment


@dataclass(eq=False)
class BanditAgent(MemoryAgent):
    """An agent that knows its arms by their mean pay and looks at no observation.

    Methods write `prepare` (options, and tables of their own with leading axis `memories`) and `pull`; those that learn
    more than counts and totals also `feed`, and `tables` of what they hold.

    Args:
        independent: every row is a run of its own.

    Attributes:
        counts: [M, K] pulls of each arm whose pay is known.
        totals: [M, K] pay of each arm.
        regret: [M] sums of the info column `pseudo_regret`; NaN where the environment does not tell it.
        regret_log: [pulls of a memory, regret of each of the M] after the first step and then at each twentieth more.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counts = np.zeros((self.memories, self.num_actions), dtype=np.int64)
        self.totals = np.zeros((self.memories, self.num_actions))  # [M, K]

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """The arms [n] to pull at once; with n memories row i asks memory i."""
        raise NotImplementedError

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        """Learn from pulls [B] of memories [B] beyond what `counts` and `totals`, brought up to date, tell.

        A memory comes more than once where rows share it, or where late pay comes together.
        """

    @property
    def means(self) -> np.ndarray:
        """[M, K] mean pay of each arm, 0 before its first pull."""
        return self.totals / np.maximum(self.counts, 1)

    @property
    def pulled(self) -> np.ndarray:
        """[M] pulls whose pay is known."""
        return self.counts.sum(1)

    def evidence(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Means [M, K], counts [M, K] and pulls in all [M, 1] that the agent goes by."""
        return self.means, self.counts, self.pulled[:, None]

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self.check_rows(len(obs))
        return self.pull(len(obs), rng)

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        self.check_rows(len(obs))
        means, counts, _ = self.evidence()
        best = np.where(counts > 0, means, -np.inf).argmax(1)
        return best if self.memories > 1 else np.repeat(best, len(obs))

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        self.take(*self.heard(step, live))

    def heard(self, step: Step, live: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows [B], arms [B] counted from 0 and pay [B] of the pulls whose pay the live rows of a step tell.

        Raises:
            FaultyEnvironment: for arrivals of arms that there are not, or without their pay.
        """
        arm = step.column("arrived_arm")
        if arm is None:
            return np.arange(len(step.live))[live], step.action[live] - self.first_action, step.reward[live]
        pay = step.column("arrived_pay")
        if pay is None or pay.shape != arm.shape or arm.ndim != 2 or arm.max(initial=-1) >= self.num_actions:
            raise FaultyEnvironment(
                f"arrived_arm {list(arm.shape)} of arms up to {arm.max(initial=-1)} beside "
                f"arrived_pay {'of nothing' if pay is None else list(pay.shape)}",
                where=self._name,
                expected=f"arms -1..{self.num_actions - 1} and their pay, both [N, D]",
            )
        row, slot = np.nonzero((arm >= 0) & step.live[:, None])
        return row, arm[row, slot].astype(np.int64), pay[row, slot]

    def take(self, row: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        """Learn from pulls [B] of rows [B]: arms counted from 0, and their pay."""
        if not len(row):
            return
        memory = row if self.memories > 1 else np.zeros(len(row), dtype=np.int64)
        cell, shape = memory * self.num_actions + arm, self.counts.shape
        self.counts += np.bincount(cell, minlength=self.counts.size).reshape(shape)
        self.totals += np.bincount(cell, pay, minlength=self.counts.size).reshape(shape)
        self.feed(memory, arm, pay)

    def tables(self) -> dict[str, Any]:
        return {"counts": self.counts, "totals": self.totals, **super().tables()}


@dataclass(eq=False)
class IndexAgent(BanditAgent):
    """A bandit agent that pulls the arm with the largest number; arms that were never pulled come first.

    N rows that share a memory choose one after the other, each pull counted in n_k, but not in the mean, before its pay
    is known; an arm of whose pay nothing is known has mean 0 meanwhile. With one row it is the paper's algorithm.

    Methods write `prepare` and `index`.
    """

    def index(self, means: np.ndarray, counts: np.ndarray, pulled: np.ndarray) -> np.ndarray:
        """The numbers [M, K] for means [M, K] of counts [M, K] > 0 pulls, after `pulled` [M, 1] pulls in all."""
        raise NotImplementedError

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        means, counts, pulled = self.evidence()
        if self.memories == n:
            return self._best(means, counts, pulled, rng)
        share, arms = counts.copy(), np.empty(n, dtype=np.int64)
        for i in range(n):
            arm = self._best(means, share, pulled + i, rng)
            share[0, arm] += 1
            arms[i] = arm[0]
        return rng.permutation(arms)  # rows are not tied to arms

    def _best(self, means: np.ndarray, counts: np.ndarray, pulled: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if counts.all():
            return any_best(self.index(means, counts, pulled), rng)
        fresh = counts == 0
        return any_best(np.where(fresh, np.inf, self.index(means, np.where(fresh, 1, counts), pulled)), rng)


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


def turns(memory: np.ndarray) -> list[np.ndarray]:
    """Positions [B'] of memories [B] in turns: in each turn no memory comes twice, and its own come in their order."""
    order = np.argsort(memory, kind="stable")
    own = memory[order]
    first = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])
    rank = np.arange(len(own)) - np.repeat(first, np.diff(np.r_[first, len(own)]))
    return [order[rank == r] for r in range(int(rank.max(initial=-1)) + 1)]
