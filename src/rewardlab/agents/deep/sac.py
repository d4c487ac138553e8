"""Soft actor-critic.

    L_π = E_{s∼D, a∼π}[ α log π(a|s) − min_k Q_k(s, a) ]

Every action is worth its return and how undecided it leaves the policy; the temperature α falls until the policy is as
random as asked. For continuous actions and steps that cost more than updates. The class is Stable-Baselines3's SAC,
whose data stay on the device.

Source: Haarnoja, Zhou, Hartikainen, Tucker, Ha, Tan, Kumar, Zhu, Gupta, Abbeel, Levine, "Soft Actor-Critic Algorithms
and Applications", 2018, Equation 7 and Algorithm 1.
"""

from torch import Tensor

from rewardlab.agents.loops.soft import SoftOffPolicy
from rewardlab.agents.loops.squashed import Drawn
from rewardlab.core.arrays import Tree


def soft_actor_loss(log_prob: Tensor, value: Tensor, temperature: Tensor) -> Tensor:
    """α log π − Q of each state [B].

    Args:
        log_prob: log π [B] of the actions drawn.
        value: [B] of these actions.
        temperature: α, a scalar or [1].
    """
    return temperature * log_prob - value


class SAC(SoftOffPolicy):
    """Soft actor-critic with the arguments of `stable_baselines3.SAC`, and those of `OffPolicy`."""

    def actor_loss(self, obs: Tree, drawn: Drawn, value: Tensor, temperature: Tensor) -> Tensor:
        return soft_actor_loss(drawn.log_prob, value, temperature).mean()
