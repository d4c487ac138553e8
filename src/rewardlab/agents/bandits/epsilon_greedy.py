"""ε-greedy for bandits.

    pull argmax_k x̄_k with probability 1 − ε_t, else any arm;    ε_t = min(1, max(ε, w / t))

With a constant ε its regret grows linearly; with ε = 0 and w = c K / d², d a lower bound on the smallest gap, it is
the ε_n-greedy of the paper, whose regret is logarithmic.

Source: Auer, Cesa-Bianchi, Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", Machine Learning 2002,
Figure 3 and Theorem 3; Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 2.2.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.bandit import BanditAgent, any_best
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class EpsilonGreedy(BanditAgent):
    """The arm that has paid best, and sometimes any; for Discrete actions and any observation, which it ignores.

    Rows that share a memory draw their arms independently. Arms that were never pulled stand at 0, and of equals
    each is as likely.

    Args:
        epsilon: ε in [0, 1], the least exploration.
        warmup: w >= 0, the number of pulls that all explore; 0 for a constant ε.

    Raises:
        BadOption: for a number outside its range.
    """

    epsilon: float = 0.1
    warmup: float = 0.0

    def prepare(self) -> None:
        if not 0 <= self.epsilon <= 1:
            raise BadOption(f"epsilon={self.epsilon!r}", where="EpsilonGreedy", expected="a probability")
        if not 0 <= self.warmup < math.inf:
            raise BadOption(f"warmup={self.warmup!r}", where="EpsilonGreedy", expected="a number >= 0")

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        t = self.pulled + 1  # [M]
        epsilon = np.clip(self.warmup / t, self.epsilon, 1.0)
        explore = rng.random(n) < epsilon
        best = any_best(np.repeat(self.means, n // self.memories, 0), rng)
        return np.where(explore, rng.integers(self.num_actions, size=n), best)
