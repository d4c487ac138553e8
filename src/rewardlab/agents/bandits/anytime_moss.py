"""Anytime MOSS: minimax optimism that needs no horizon.

    pull argmax_k  x̄_k + √((1 + α)/2 · max(ln(t / (K n_k)), 0) / n_k),    each arm once before

The pulls so far stand in for the horizon; the regret stays of the order √(K T) for every T at once.

Source: Degenne, Perchet, "Anytime Optimal Algorithms in Stochastic Multi-Armed Bandits", ICML 2016
(MOSS-anytime, with α = 1.35 in its bound).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.bandit import IndexAgent
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class AnytimeMOSS(IndexAgent):
    """Minimax optimism at any time, for Discrete actions and any observation, which it ignores.

    Args:
        alpha: α > 0.
        span: w > 0, for pay in a range of this width.

    Raises:
        BadOption: for a number outside its range.
    """

    alpha: float = 1.35
    span: float = 1.0

    def prepare(self) -> None:
        if not (0 < self.alpha < np.inf and 0 < self.span < np.inf):
            raise BadOption(
                f"alpha={self.alpha!r}, span={self.span!r}", where="AnytimeMOSS", expected="numbers above 0"
            )

    def index(self, means: np.ndarray, counts: np.ndarray, pulled: np.ndarray) -> np.ndarray:
        log = np.maximum(np.log(np.maximum(pulled, 1) / (self.num_actions * counts)), 0.0)
        return means + self.span * np.sqrt(0.5 * (1.0 + self.alpha) * log / counts)
