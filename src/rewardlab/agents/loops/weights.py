"""Agents that hold a law over arms, and those that learn it from the losses of the arms they pulled.

    loss ℓ = (high − r) / (high − low);    L_a += estimate(ℓ, p_a);    p = law(L, η_t)

Nothing is assumed of how pay comes about: it may change at will, as long as it stays within its range.
"""

import math
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import BanditAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadOption, BadReward, FaultyEnvironment


@dataclass(eq=False, kw_only=True)
class LawAgent(BanditAgent):
    """A bandit agent that draws its arms from a law; rows that share a memory draw each for itself.

    Methods write `prepare` (after the loop's own) and bring `chances` up to date when they learn.

    Attributes:
        chances: [M, K] how likely the next pull is that of each arm.
    """

    def prepare(self) -> None:
        self.chances = np.full((self.memories, self.num_actions), 1.0 / self.num_actions)

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return drawn(np.broadcast_to(self.chances, (n, self.num_actions)), rng)

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        self.check_rows(len(obs))
        best = self.chances.argmax(1)
        return best if self.memories > 1 else np.repeat(best, len(obs))

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "chances": self.chances}


@dataclass(eq=False, kw_only=True)
class LossAgent(LawAgent):
    """An agent that estimates the losses of all arms from those of the pulled ones, divided by their chances.

    Late pay is divided by the chance that the arm had when it was pulled; that of one arm of one row is taken to come
    in the order of its pulls. What is on its way when an episode ends is forgotten.

    Methods write `pace` and `law`, and `estimate` where it is not the plain one.

    Args:
        low: the least pay.
        high: the largest pay.
        rate: η > 0, the same at all times; None for the method's own, which falls with the pulls.

    Attributes:
        losses: [M, K] L, sums of estimates.

    Raises:
        BadOption: for a range or rate that does not exist.
        BadReward: for pay outside the range.
        FaultyEnvironment: for late pay of an arm that was not pulled.
    """

    low: float = 0.0
    high: float = 1.0
    rate: float | None = None

    def prepare(self) -> None:
        super().prepare()
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise BadOption(
                f"low={self.low!r}, high={self.high!r}", where=self._name, expected="finite numbers, low < high"
            )
        check_rate(self.rate, self._name)
        self.losses = np.zeros((self.memories, self.num_actions))
        self._chance = np.zeros(0)  # [B] of the pulls that are being learned from
        self._waiting: dict[tuple[int, int], deque[float]] = defaultdict(deque)

    def pace(self, t: np.ndarray) -> np.ndarray:
        """The method's own learning rate η_t for pulls t >= 1 of any shape."""
        raise NotImplementedError

    def law(self, losses: np.ndarray, eta: np.ndarray) -> np.ndarray:
        """Chances [M, K] for losses [M, K] and rates [M]."""
        raise NotImplementedError

    def estimate(self, loss: np.ndarray, chance: np.ndarray, eta: np.ndarray) -> np.ndarray:
        """What losses [B] in [0, 1] of arms that had chances [B] say, by rates [B]."""
        return loss / chance

    def rates(self, t: np.ndarray) -> np.ndarray:
        """η for pulls t >= 1 of any shape."""
        return self.pace(t) if self.rate is None else np.full(np.shape(t), float(self.rate))

    def heard(self, step: Step, live: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        row, arm, pay = super().heard(step, live)
        if step.column("arrived_arm") is None:
            self._chance = self.chances[row if self.memories > 1 else 0, arm]
            return row, arm, pay
        for i in np.arange(len(step.live))[live].tolist():
            a = int(step.action[i] - self.first_action)
            self._waiting[i, a].append(float(self.chances[i if self.memories > 1 else 0, a]))
        pairs = list(zip(row.tolist(), arm.tolist(), strict=True))
        for pair in pairs:
            if not self._waiting[pair]:
                raise FaultyEnvironment(f"row {pair[0]}: pay of arm {pair[1]}, of which none is due", where=self._name)
        self._chance = np.array([self._waiting[pair].popleft() for pair in pairs])
        if step.done.any():
            for pair in [p for p in self._waiting if step.done[p[0]]]:
                del self._waiting[pair]
        return row, arm, pay

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        loss = (self.high - pay) / (self.high - self.low)
        if not ((loss >= -1e-12) & (loss <= 1 + 1e-12)).all():
            raise BadReward(
                f"pay {pay.min()}..{pay.max()}",
                where=self._name,
                expected=f"numbers in [{self.low}, {self.high}]",
                mend="low and high say what the range of the pay is",
            )
        eta = self.rates(self.pulled - np.bincount(memory, minlength=self.memories) + 1)  # when they were pulled
        told = self.estimate(loss, self._chance, eta[memory])
        cell = memory * self.num_actions + arm
        self.losses += np.bincount(cell, told, minlength=self.losses.size).reshape(self.losses.shape)
        self.chances = self.law(self.losses, self.rates(self.pulled + 1))

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        self._waiting.clear()

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "losses": self.losses}


def check_rate(rate: float | None, where: str) -> None:
    """Raises BadOption unless a learning rate is None or a finite number above 0."""
    if rate is not None and not 0 < rate < math.inf:
        raise BadOption(f"rate={rate!r}", where=where, expected="a number above 0, or None")


def drawn(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Positions [n] drawn from chances [n, K], each row for itself; they need not sum to 1."""
    below = np.cumsum(chances, axis=1)
    u = rng.random(len(chances)) * below[:, -1]
    return ((below <= u[:, None]) & (below < below[:, -1:])).sum(1)  # never beyond the last arm that has a chance
