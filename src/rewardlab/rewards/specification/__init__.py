"""Specifications: rewards that say what shall happen, from what an environment tells about itself."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.specification.adversarial_soft_advantage import asaf_loss as asaf_loss
    from rewardlab.rewards.specification.adversarial_soft_advantage import structured_logit as structured_logit
    from rewardlab.rewards.specification.machine_potential import MachinePotential as MachinePotential
    from rewardlab.rewards.specification.milestones import Milestones as Milestones
    from rewardlab.rewards.specification.objectives import inner_value as inner_value
    from rewardlab.rewards.specification.objectives import limit_average as limit_average
    from rewardlab.rewards.specification.objectives import lottery_value as lottery_value
    from rewardlab.rewards.specification.objectives import machine_value as machine_value
    from rewardlab.rewards.specification.objectives import markov_value as markov_value
    from rewardlab.rewards.specification.objectives import occupancy_value as occupancy_value
    from rewardlab.rewards.specification.objectives import outer_value as outer_value
    from rewardlab.rewards.specification.objectives import regularised_value as regularised_value
    from rewardlab.rewards.specification.objectives import satisfaction as satisfaction
    from rewardlab.rewards.specification.objectives import trajectory_value as trajectory_value
    from rewardlab.rewards.specification.objectives import vector_value as vector_value
    from rewardlab.rewards.specification.ordering import Ordering as Ordering
    from rewardlab.rewards.specification.ordering import orders_by_reward as orders_by_reward
    from rewardlab.rewards.specification.ordering import ranked as ranked
    from rewardlab.rewards.specification.predictability import Predictability as Predictability
    from rewardlab.rewards.specification.product import ProductObservation as ProductObservation
    from rewardlab.rewards.specification.product import ProductVectorObservation as ProductVectorObservation
    from rewardlab.rewards.specification.product import with_machine_state as with_machine_state
    from rewardlab.rewards.specification.reward_machine import RewardMachine as RewardMachine
    from rewardlab.rewards.specification.reward_machine import compile_ltl as compile_ltl

__getattr__ = lazy(__name__)
