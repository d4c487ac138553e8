"""Advantage actor-critic.

    L = −E[ log π(a|s) A ]

One step on each rollout, as a whole. The class is Stable-Baselines3's A2C, whose data stay on the device.

Source: Mnih, Badia, Mirza, Graves, Lillicrap, Harley, Silver, Kavukcuoglu, "Asynchronous Methods for Deep Reinforcement
Learning", ICML 2016, Algorithm S3.
"""

import stable_baselines3
from torch import Tensor

from rewardlab.agents.loops.on_policy import OnPolicy
from rewardlab.agents.loops.rollouts import Minibatch


class A2C(OnPolicy, stable_baselines3.A2C):
    """Advantage actor-critic with the arguments of `stable_baselines3.A2C`, and those of `OnPolicy`."""

    def objective(self, batch: Minibatch, outputs: Tensor, log_prob: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        loss = -(batch.advantage * log_prob).mean()
        return loss, {"policy_loss": loss.detach()}  # under the name that Stable-Baselines3's A2C logs, too
