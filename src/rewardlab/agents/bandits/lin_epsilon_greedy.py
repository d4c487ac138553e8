"""ε-greedy with a linear model.

    pull argmax_x  x · θ̂ with probability 1 − ε_t, else any arm;    ε_t = min(1, max(ε, (w / t)^(1/3)))

The simplest way to use what arms have in common. With a constant ε its regret grows linearly; with ε = 0 by the power
2/3 of the pulls whatever the gaps, where optimism has the power 1/2.

Source: Langford, Zhang, "The Epoch-Greedy Algorithm for Contextual Multi-armed Bandits", NeurIPS 2007 (exploring apart
from exploiting, and the power 2/3; the rate of exploring is ours).
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.contextual import RidgeAgent, best
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class LinEpsilonGreedy(RidgeAgent):
    """The arm that a ridge regression holds best, and sometimes any; for arms that are vectors.

    Rows that share a memory draw by themselves.

    Args:
        epsilon: ε in [0, 1], the least exploration.
        warmup: w >= 0, pulls that all explore; 0 for a constant ε.

    Raises:
        BadOption: for a number outside its range.
    """

    epsilon: float = 0.1
    warmup: float = 0.0

    def prepare(self) -> None:
        super().prepare()
        if not 0 <= self.epsilon <= 1:
            raise BadOption(f"epsilon={self.epsilon!r}", where="LinEpsilonGreedy", expected="a probability")
        if not 0 <= self.warmup < math.inf:
            raise BadOption(f"warmup={self.warmup!r}", where="LinEpsilonGreedy", expected="a number >= 0")

    def explores(self) -> float:
        """ε_t of the next pull of each memory."""
        t = self.fed / self.memories + 1
        return float(np.clip((self.warmup / t) ** (1 / 3), self.epsilon, 1.0))

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        arms = best(self.value(x), rng)
        explore = rng.random(arms.shape) < self.explores()
        return np.where(explore, rng.integers(self.arms, size=arms.shape), arms)
