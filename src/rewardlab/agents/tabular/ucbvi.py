"""UCBVI: value iteration with a bonus for what was seen too rarely.

    Q_h(s, a) = min{ H − h, r̂(s, a) + b(s, a) + Σ_s' P̂(s' | s, a) V_{h+1}(s') },    V_h = max_a Q_h
    b(s, a) = c · 7 H L / √n(s, a),    L = ln(5 S A T / δ)

Before each episode it plans for the likeliest process with pay for uncertainty, and follows the plan: its values are
above the optimum with probability 1 − δ, and what it loses by that shrinks as it sees more. For episodes of H steps
with rewards in [0, 1] whose rules do not change with the step.

Source: Azar, Osband, Munos, "Minimax Regret Bounds for Reinforcement Learning", ICML 2017, Algorithms 1 to 3 with
bonus_1 (Theorem 1); here values are also cut at H − h, which holds too, and rewards are learned.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.tabular_optimism import OptimismAgent


@dataclass(eq=False, kw_only=True)
class UCBVI(OptimismAgent):
    """Optimism by Hoeffding's inequality, for Discrete observations and actions.

    The paper's constant, `scale` 1, leaves every bonus above H until a pair was visited 49 L² times, more than ten
    thousand; 0.01 to 0.1 learns sooner, without the proof.
    """

    def bonus(self, memory: np.ndarray, h: int, n: np.ndarray, chance: np.ndarray, beyond: np.ndarray) -> np.ndarray:
        return self.scale * 7.0 * self.horizon * self.log / np.sqrt(n)
