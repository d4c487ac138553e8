"""Quantile Q-learning.

    L = Σ_i E_j[ |τ_i − 1(u < 0)| ℓ_κ(u) / κ ],    u = r + γ θ̄_j(s', a*) − θ_i(s, a)

Learns the quantiles of the return, and acts by their mean; needs no range. Errors up to κ count squared.

Source: Dabney, Rowland, Bellemare, Munos, "Distributional Reinforcement Learning with Quantile Regression", AAAI 2018,
Algorithm 1.
"""

from typing import Any

from torch import Tensor

from rewardlab.agents.loops.distributional import Distributional
from rewardlab.agents.loops.values import Quantiles


class QRDQN(Distributional):
    """Quantile Q-learning.

    Args:
        *args: those of `stable_baselines3.DQN`.
        n_quantiles: at least 1.
        kappa: errors up to it count squared.
        **kwargs: those of `Greedy`, of `OffPolicy` and of `stable_baselines3.DQN`.

    Raises:
        BadOption: for a number outside these bounds.
    """

    def __init__(self, *args: Any, n_quantiles: int = 200, kappa: float = 1.0, **kwargs: Any) -> None:
        self.n_quantiles, self.kappa = n_quantiles, kappa
        Quantiles(n_quantiles, kappa)
        super().__init__(*args, **kwargs)

    @property
    def distribution(self) -> Quantiles:
        """How returns are shown."""
        return Quantiles(self.n_quantiles, self.kappa)

    def target(self, beyond: Tensor, reward: Tensor, discount: Tensor) -> Tensor:
        return reward[:, None] + discount[:, None] * beyond
