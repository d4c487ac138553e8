"""The tabular loop: action values in a table, learned from the true transitions of N rows."""

from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.online import OnlineAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.statistics import ranks


@dataclass(eq=False)
class TabularAgent(OnlineAgent):
    """An agent whose knowledge is one number for each state and action.

    Methods write `prepare`, `choose`, `update` and `tables`. States and actions are counted from 0, whatever the
    spaces count from.

    Attributes:
        Q: [S, A] action values.
    """

    def __post_init__(self) -> None:
        self.Q = np.zeros((0, 0))  # [S, A]
        super().__post_init__()

    @property
    def num_states(self) -> int:
        """S."""
        assert isinstance(self.observation_space, spaces.Discrete)
        return int(self.observation_space.n)

    def states(self, obs: np.ndarray) -> np.ndarray:
        """Observations [n] counted from 0."""
        assert isinstance(self.observation_space, spaces.Discrete)
        return obs.astype(np.int64) - int(self.observation_space.start)

    def update(
        self, state: np.ndarray, action: np.ndarray, reward: np.ndarray, after: np.ndarray, terminated: np.ndarray
    ) -> None:
        """Learn from transitions [B]; `after` is the true successor, and nothing has value beyond `terminated`."""
        raise NotImplementedError

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        return self.Q[self.states(obs)].argmax(1)

    def absorb(self, step: Step) -> None:
        columns = step.obs, step.action, step.reward, step.next_obs(), step.terminated
        obs, action, reward, after, terminated = columns if step.live.all() else (c[step.live] for c in columns)
        self.update(self.states(obs), action - self.first_action, reward, self.states(after), terminated)


def epsilon_greedy(values: np.ndarray, epsilon: float, rng: np.random.Generator) -> np.ndarray:
    """Actions [n] for values [n, A]: any with probability epsilon, else one of the best, each of equals alike."""
    n, actions = values.shape
    best = np.where(values == values.max(1, keepdims=True), rng.random((n, actions)), -1.0).argmax(1)
    return np.where(rng.random(n) < epsilon, rng.integers(actions, size=n), best)


def linear(begin: float, end: float, steps: int, now: int) -> float:
    """From `begin` to `end` in a straight line over the first `steps` steps, then `end`."""
    return end if now >= steps else begin + (end - begin) * now / steps


def visits(count: np.ndarray, index: np.ndarray) -> np.ndarray:
    """The number of each visit [B] to the entries `index` [B], the first being 1; adds them to `count` in place."""
    if len(index) == 1:
        count[index] += 1
        return count[index]
    number = ranks(index) + count[index] + 1
    np.add.at(count, index, 1)
    return number


def blend(table: np.ndarray, index: np.ndarray, target: np.ndarray, rate: np.ndarray) -> None:
    """Move the entries `index` [B] towards `target` [B] by `rate` [B], in place, one visit after the other.

        x ← (1 − α_i) x + α_i y_i,    i = 1 ... B

    Several visits to one entry count in their order, as if they had come one at a time. A visit is an affine map, and
    maps can be joined in pairs: log₂ B passes over the batch, not B.
    """
    keep, add = 1.0 - rate, rate * target
    if len(index) > 1:
        index, keep, add = _joined(index, keep, add)
    table[index] = keep * table[index] + add


def _joined(index: np.ndarray, keep: np.ndarray, add: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The maps x ← keep x + add [B], with those of each entry joined in their order to one."""
    order = np.argsort(index, kind="stable")
    index, keep, add = index[order], keep[order], add[order]
    rank = ranks(index)
    while rank.any():
        second = np.flatnonzero(rank & 1)
        first = second - 1
        add[first] = keep[second] * add[first] + add[second]
        keep[first] *= keep[second]
        left = (rank & 1) == 0
        index, keep, add, rank = index[left], keep[left], add[left], rank[left] >> 1
    return index, keep, add
