"""KL-UCB: the largest mean that what an arm has paid does not speak against.

    pull argmax_k  max { q : n_k KL(x̄_k, q) <= f(t) },    f(t) = ln t + c ln ln t,    each arm once before

The bound follows the law of the pay, where UCB1's is that of the widest law in [0, 1]; so the regret has the smallest
constant before ln T that there is. For pay in [0, 1] it takes the divergence of Bernoulli laws.

Source: Garivier, Cappé, "The KL-UCB Algorithm for Bounded Stochastic Bandits and Beyond", COLT 2011, Algorithm 1
(c = 3 in the proofs, 0 advised for use).
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.bandit import IndexAgent
from rewardlab.core.errors import BadOption, BadReward


@dataclass(eq=False, kw_only=True)
class KLUCB(IndexAgent):
    """Optimism by divergences, for Discrete actions and any observation, which it ignores.

    Args:
        c: >= 0, the weight of ln ln t.
        deviation: σ > 0 of Gaussian pay, for which the bound is x̄_k + σ √(2 f(t) / n_k); None for pay in [0, 1].

    Raises:
        BadOption: for a number outside its range.
        BadReward: for pay outside [0, 1] where no deviation is given.
    """

    c: float = 0.0
    deviation: float | None = None

    def prepare(self) -> None:
        if not 0 <= self.c < math.inf:
            raise BadOption(f"c={self.c!r}", where="KLUCB", expected="a number >= 0")
        if self.deviation is not None and not 0 < self.deviation < math.inf:
            raise BadOption(f"deviation={self.deviation!r}", where="KLUCB", expected="a number above 0, or None")

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        if self.deviation is None and not ((pay >= 0) & (pay <= 1)).all():
            raise BadReward(
                f"pay {pay.min()}..{pay.max()}",
                where="KLUCB",
                expected="numbers in [0, 1]",
                mend="give a deviation for Gaussian pay",
            )

    def index(self, means: np.ndarray, counts: np.ndarray, pulled: np.ndarray) -> np.ndarray:
        log = np.log(np.maximum(pulled, 2))
        budget = np.maximum(log + self.c * np.log(np.maximum(log, 1e-300)), 0.0) / counts
        if self.deviation is not None:
            return means + self.deviation * np.sqrt(2 * budget)
        return most(np.clip(means, 0.0, 1.0), budget)


def most(p: np.ndarray, budget: np.ndarray) -> np.ndarray:
    """The largest q [...] in [p, 1] with KL(p, q) <= budget of Bernoulli laws; p [...] in [0, 1], budget [...] >= 0.

    Newton's method on the divergence as a function of x = ln((1 − p) / (1 − q)), in which it is convex: from a point
    beyond the solution it comes nearer at each step and never passes it.
    """
    p, budget = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(budget, dtype=float))
    inside = (p < 1) & (budget > 0)
    low, d = np.where(inside, p, 0.5), np.where(inside, budget, 1.0)
    # Two points beyond it: KL(p, q) >= 2 (q − p)², and p ln(p / q) >= p ln p.
    entropy = low * np.log(np.maximum(low, 1e-300))
    gap = np.sqrt(d / 2) / (1 - low)
    pinsker = -np.log1p(-np.where(gap < 1, gap, 0.0))
    x = np.minimum(np.where(gap < 1, pinsker, np.inf), (d - entropy) / (1 - low))
    for _ in range(100):
        ahead = -(1 - low) * np.expm1(-x)  # q − p
        q = low + ahead
        over = (1 - low) * x - low * np.log1p(ahead / np.maximum(low, 1e-300)) - d
        step = over * q / ahead
        if not (step > 1e-15 * x).any():
            break
        x = x - np.maximum(step, 0.0)
    return np.where(inside, low - (1 - low) * np.expm1(-x), p)
