"""Categorical Q-learning.

    L = −Σ_i q_i log p_i(s, a),    q = the distribution of r + γ Z̄(s', a*) on the atoms

Learns the distribution of returns on fixed atoms, and acts by its mean. For returns whose range is known.

Source: Bellemare, Dabney, Munos, "A Distributional Perspective on Reinforcement Learning", ICML 2017, Algorithm 1.
"""

from typing import Any

from torch import Tensor

from rewardlab.agents.loops.distributional import Distributional
from rewardlab.agents.loops.values import Categorical


class C51(Distributional):
    """Categorical Q-learning.

    Args:
        *args: those of `stable_baselines3.DQN`.
        low, high: the range of returns.
        atoms: at least 2.
        **kwargs: those of `Greedy`, of `OffPolicy` and of `stable_baselines3.DQN`.

    Raises:
        BadOption: for a range or a number outside these bounds.
    """

    def __init__(self, *args: Any, low: float = -10.0, high: float = 10.0, atoms: int = 51, **kwargs: Any) -> None:
        self.low, self.high, self.atoms = low, high, atoms
        Categorical(low, high, atoms)
        super().__init__(*args, **kwargs)

    @property
    def distribution(self) -> Categorical:
        """How returns are shown."""
        return Categorical(self.low, self.high, self.atoms)

    def target(self, beyond: Tensor, reward: Tensor, discount: Tensor) -> Tensor:
        return self.distribution.project(beyond.softmax(-1), reward, discount)
