"""Deep Q-learning.

    L = E[ ℓ( Q(s, a), r + γ max_a' Q̄(s', a') ) ]

Learns the value of acting best from steps that any policy took. ℓ is Huber's loss unless `value_loss` names another,
such as `HLGauss`. The class is Stable-Baselines3's DQN, whose data stay on the device.

Source: Mnih et al., "Human-level control through deep reinforcement learning", Nature 2015, Algorithm 1.
"""

from torch import Tensor

from rewardlab.agents.loops.greedy import Greedy
from rewardlab.agents.loops.values import Huber, ValueLoss


class DQN(Greedy):
    """Deep Q-learning with the arguments of `stable_baselines3.DQN`, and those of `Greedy` and `OffPolicy`."""

    @property
    def _loss(self) -> ValueLoss:
        return Huber() if self.value_loss is None else self.value_loss

    @property
    def width(self) -> int:
        return self._loss.width

    def decode(self, shown: Tensor) -> Tensor:
        return self._loss.decode(shown)

    def error(self, shown: Tensor, reward: Tensor, discount: Tensor, beyond: Tensor) -> Tensor:
        return self._loss.loss(shown, reward + discount * self.decode(beyond))
