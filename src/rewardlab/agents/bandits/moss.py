"""MOSS: the confidence that a horizon's worst case asks for.

    pull argmax_k  x̄_k + √(max(ln(T / (K n_k)), 0) / n_k),    each arm once before

An arm that had its share of the T pulls gets no more bonus. For pay in [0, 1] the regret is of the order √(K T) on
every instance, without the √ln T of UCB1; on easy instances UCB1's successors may be better.

Source: Audibert, Bubeck, "Minimax Policies for Adversarial and Stochastic Bandits", COLT 2009 (the policy MOSS);
Lattimore, Szepesvári, "Bandit Algorithms", Cambridge University Press 2020, Theorem 9.1 (its bound).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.bandit import WidthAgent
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class MOSS(WidthAgent):
    """Minimax optimism with a horizon, for Discrete actions and any observation, which it ignores.

    Args:
        horizon: T >= 1, the pulls of a memory that it is to be good at; more are pulled with the same widths.
        span: w > 0, for pay in a range of this width.

    Raises:
        BadOption: for a number outside its range.
    """

    horizon: int
    span: float = 1.0

    def prepare(self) -> None:
        if self.horizon < 1:
            raise BadOption(f"horizon={self.horizon!r}", where="MOSS", expected="at least 1")
        if not 0 < self.span < np.inf:
            raise BadOption(f"span={self.span!r}", where="MOSS", expected="a number above 0")

    def scale(self, pulled: np.ndarray) -> np.ndarray:
        return np.full(np.shape(pulled), float(self.span))

    def width(self, counts: np.ndarray) -> np.ndarray:
        return np.sqrt(np.maximum(np.log(self.horizon / (self.num_actions * counts)), 0.0) / counts)
