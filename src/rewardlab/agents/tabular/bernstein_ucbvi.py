"""UCBVI with a bonus that knows the variance.

    b_h(s, a) = √(8 L Var_P̂[V_{h+1}] / n) + 14 H L / (3 n) + √(8 E_P̂[min(10⁴ H³ S² A L² / n_{h+1}(s'), H²)] / n)

Where the next value hardly varies the first term is small, so that the bonus is paid for uncertainty that matters; the
last term makes up for values that are not yet those of the optimum. n_{h+1}(s') counts the visits of s' at step h + 1.
Its regret has the best possible order, √(H S A T), once T is large.

Source: Azar, Osband, Munos, "Minimax Regret Bounds for Reinforcement Learning", ICML 2017, Algorithms 1, 2 and 4 with
bonus_2 (Theorem 2); here values are also cut at H − h, which holds too, and rewards are learned.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.tabular_optimism import OptimismAgent
from rewardlab.agents.loops.tabular_plans import expect


@dataclass(eq=False, kw_only=True)
class BernsteinUCBVI(OptimismAgent):
    """Optimism by Bernstein's inequality, for Discrete observations and actions.

    Args:
        correction: what stands before the last term's H³ S² A L² / n, >= 0; 10⁴ in the paper, 0 leaves the term out.
    """

    correction: float = 1e4

    def prepare(self) -> None:
        self.check(correction=(0, 1e300, "a number >= 0"))
        super().prepare()

    def bonus(self, memory: np.ndarray, h: int, n: np.ndarray, chance: np.ndarray, beyond: np.ndarray) -> np.ndarray:
        H, log = self.horizon, self.log
        variance = np.maximum(expect(chance, beyond**2) - expect(chance, beyond) ** 2, 0.0)
        b = np.sqrt(8.0 * log * variance / n) + 14.0 * H * log / (3.0 * n)
        if h + 1 < H and self.correction:
            seen = np.maximum(self.met[memory, h + 1], 1)
            worst = self.correction * H**3 * self.num_states**2 * self.num_actions * log**2
            b += np.sqrt(8.0 * expect(chance, np.minimum(worst / seen, H**2)) / n)
        return self.scale * b
