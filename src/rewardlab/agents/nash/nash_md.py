"""Nash mirror descent.

    π_mix ∝ π_t^{1 − ητ} μ^{ητ},    π_{t+1} ∝ π_mix exp(η P(· ≻ π_mix)),    η = 2 / (τ (t + 2))
    KL(π*_τ ‖ π_T) ≤ 8 / (τ² (T + 1)),    π*_τ ∝ μ exp(P(· ≻ π*_τ) / τ)
    sampled: ∂ log π(y) [P(y ≻ y') − ½ − τ log π(y) / μ(y)],    y ~ π,  y' ~ π_mix

Seeks the policy that no other is preferred to, where preferences may go round in circles and no reward explains them;
τ is the price of a nat away from the reference μ. The opponent is a geometric mixture of the policy and the reference:
the last iterate converges, where plain self-play turns around the equilibrium.

Source: Munos, Valko, Calandriello, et al., "Nash Learning from Human Feedback", ICML 2024, Section 6 and Theorem 1.
"""

from typing import Any

import numpy as np

from rewardlab.agents.nash import kernel
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import likelihood, log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def nash_md(group: Group, *, tau: float = 0.008) -> Array:
    """The policy-gradient form, [P]: its gradient is that of −[P(π ≻ opponent) − τ KL(π ‖ μ)].

    Args:
        group: responses of the policy; the reward of each is P(y ≻ y') in [0, 1] against one or more responses of the
            opponent, the mixture (`parts.reference.mixed`) or an average of weights (`parts.reference.Follower`,
            Nash-EMA).
        tau: τ >= 0.

    Raises:
        BadBatch: for fields that do not fit.
        BadOption: for a number outside its range.
    """
    at_least_0("nash_md", tau=tau)
    h = log_ratio(checked(group, "nash_md"))
    gain = constant(group.reward) - 0.5 - tau * constant(h)
    return -(gain * likelihood(group)).mean(-1)


def nash_md_policies(preferences: Any, reference: Any = None, *, tau: float = 0.1, rounds: int = 1000) -> np.ndarray:
    """All iterates of the tabular method, [rounds + 1, n], from the reference on.

    Args:
        preferences: [n, n] with P + Pᵀ = 1.
        reference: μ [n], uniform if not given.
        tau: τ > 0.
        rounds: T.

    Raises:
        BadOption: for preferences or a reference that are none, or a tau that is not above 0.
    """
    p, mu = kernel.game(preferences, reference, where="nash_md_policies")
    above_0("nash_md_policies", tau=tau)

    def move(policy: np.ndarray, t: int) -> np.ndarray:
        weight = 2.0 / (t + 2.0)  # ητ
        anchors = [(1.0 - weight, policy), (weight, mu)]
        mix = kernel.step(p, policy, size=0.0, anchors=anchors)
        return kernel.step(p, mix, size=weight / tau, anchors=[(1.0, mix)])

    return kernel.iterates(move, mu, rounds)
