"""UCB1: the arm with the highest upper confidence bound.

    pull argmax_k  x̄_k + √(c ln t / n_k),    each arm once before

An arm is worth what it has paid and what it might yet pay. With pay in [0, 1] and c = 2 the regret grows with the
logarithm of the pulls, without knowing the gaps or the number of pulls.

Source: Auer, Cesa-Bianchi, Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", Machine Learning 2002,
Figure 1 and Theorem 1.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.bandit import WidthAgent, any_best
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class UCB1(WidthAgent):
    """Optimism by confidence bounds, for Discrete actions and any observation, which it ignores.

    Rows that share a memory share out what one after the other would choose.

    Args:
        exploration: c >= 0; 2 for pay in [0, 1], and 2 w² for pay of range w.

    Raises:
        BadOption: for a negative c.
    """

    exploration: float = 2.0

    def prepare(self) -> None:
        if not 0 <= self.exploration < math.inf:
            raise BadOption(f"exploration={self.exploration!r}", where="UCB1", expected="a number >= 0")

    def scale(self, pulled: np.ndarray) -> np.ndarray:
        return np.sqrt(self.exploration * np.log(np.maximum(pulled, 2)))

    def width(self, counts: np.ndarray) -> np.ndarray:
        return 1.0 / np.sqrt(counts)

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        if self.memories == n:
            return super().pull(n, rng)
        counts, means = self.counts[0], self.means[0]
        fresh = np.flatnonzero(counts == 0)
        if len(fresh) >= n:
            return rng.permutation(fresh)[:n]
        log = self.exploration * math.log(max(counts.sum() + n - 1, 2))  # t: the pulls before the batch's last
        share = (counts == 0).astype(np.int64)
        share += shares(means, counts + share, n - len(fresh), log, rng)
        return rng.permutation(np.repeat(np.arange(self.num_actions), share))  # rows are not tied to arms


def shares(means: np.ndarray, counts: np.ndarray, n: int, log: float, rng: np.random.Generator) -> np.ndarray:
    """How many of n pulls each arm [K] gets if each goes to the largest x̄_k + √(log / n_k), which it makes smaller.

    One after the other they take the n largest of all the numbers that the arms would show in turn, so that there is
    a level above which they take all: it is found by bisection, and only the last few pulls go one by one.
    """
    if log == 0.0:  # the numbers do not fall
        return np.bincount(any_best(np.repeat(means[None], n, 0), rng), minlength=len(means))
    share, best = np.zeros(len(means), dtype=np.int64), int(means.argmax())
    low, high = means[best] + math.sqrt(log / (counts[best] + n)), float((means + np.sqrt(log / counts)).max())
    while n - share.sum() > len(means):
        level = 0.5 * (low + high)
        if not low < level < high:
            break
        # Arm k shows more than the level as long as its count is below log / (level − x̄_k)².
        above = np.maximum(np.ceil(log / (level - means) ** 2).astype(np.int64) - counts, 0)
        if above.sum() > n:
            low = level
        else:
            high, share = level, above
    for _ in range(n - int(share.sum())):
        share[any_best((means + np.sqrt(log / (counts + share)))[None], rng)] += 1
    return share
