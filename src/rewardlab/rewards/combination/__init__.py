"""Combinations: several rewards made into one by more than a weighted sum."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.combination.adversarial_mixture import AdversarialMixture as AdversarialMixture
    from rewardlab.rewards.combination.answer_rules import box_overlap as box_overlap
    from rewardlab.rewards.combination.answer_rules import exact_match as exact_match
    from rewardlab.rewards.combination.answer_rules import relative_closeness as relative_closeness
    from rewardlab.rewards.combination.answer_rules import within_tolerance as within_tolerance
    from rewardlab.rewards.combination.answer_rules import worth_training as worth_training
    from rewardlab.rewards.combination.aspect_scores import AspectScores as AspectScores
    from rewardlab.rewards.combination.barfi import Barfi as Barfi
    from rewardlab.rewards.combination.behaviour_specification import BehaviourSpecification as BehaviourSpecification
    from rewardlab.rewards.combination.bmas import bidirectional_similarity as bidirectional_similarity
    from rewardlab.rewards.combination.bmas import similarity_parts as similarity_parts
    from rewardlab.rewards.combination.column import Column as Column
    from rewardlab.rewards.combination.confidence import clopper_pearson as clopper_pearson
    from rewardlab.rewards.combination.confidence import empirical_bernstein as empirical_bernstein
    from rewardlab.rewards.combination.confidence import hoeffding as hoeffding
    from rewardlab.rewards.combination.confidence import student_t as student_t
    from rewardlab.rewards.combination.direction_gate import DirectionGate as DirectionGate
    from rewardlab.rewards.combination.directional import Directional as Directional
    from rewardlab.rewards.combination.directional import direction as direction
    from rewardlab.rewards.combination.directional import direction_tokens as direction_tokens
    from rewardlab.rewards.combination.directional import draw_directions as draw_directions
    from rewardlab.rewards.combination.ensemble_mean import EnsembleMean as EnsembleMean
    from rewardlab.rewards.combination.format_reward import FormatReward as FormatReward
    from rewardlab.rewards.combination.format_reward import has_tags as has_tags
    from rewardlab.rewards.combination.gate import Gate as Gate
    from rewardlab.rewards.combination.gated import GatedAccumulation as GatedAccumulation
    from rewardlab.rewards.combination.high_confidence import Certificate as Certificate
    from rewardlab.rewards.combination.high_confidence import HighConfidence as HighConfidence
    from rewardlab.rewards.combination.high_confidence import candidate_bound as candidate_bound
    from rewardlab.rewards.combination.high_confidence import safety_test as safety_test
    from rewardlab.rewards.combination.hybrid import Hybrid as Hybrid
    from rewardlab.rewards.combination.kinesthetic import KinestheticCombination as KinestheticCombination
    from rewardlab.rewards.combination.kinesthetic import distance_shape as distance_shape
    from rewardlab.rewards.combination.kinesthetic import team_rewards as team_rewards
    from rewardlab.rewards.combination.lagrangian import Lagrangian as Lagrangian
    from rewardlab.rewards.combination.length_penalty import group_length_penalty as group_length_penalty
    from rewardlab.rewards.combination.length_penalty import group_mean_advantage as group_mean_advantage
    from rewardlab.rewards.combination.length_penalty import symmetric_length_penalty as symmetric_length_penalty
    from rewardlab.rewards.combination.localisation import Localisation as Localisation
    from rewardlab.rewards.combination.localisation import localisation_parts as localisation_parts
    from rewardlab.rewards.combination.localisation import localisation_reward as localisation_reward
    from rewardlab.rewards.combination.milestone_release import MilestoneRelease as MilestoneRelease
    from rewardlab.rewards.combination.mu_constrained import MuConstrained as MuConstrained
    from rewardlab.rewards.combination.multi_objective_grpo import combine_then_normalise as combine_then_normalise
    from rewardlab.rewards.combination.multi_objective_grpo import normalise_then_combine as normalise_then_combine
    from rewardlab.rewards.combination.multiplicative_penalty import MultiplicativePenalty as MultiplicativePenalty
    from rewardlab.rewards.combination.nelder_mead import NelderMead as NelderMead
    from rewardlab.rewards.combination.pages import fit_pairs as fit_pairs
    from rewardlab.rewards.combination.pages import item_features as item_features
    from rewardlab.rewards.combination.pages import less_diverse as less_diverse
    from rewardlab.rewards.combination.pages import less_relevant as less_relevant
    from rewardlab.rewards.combination.pages import page_features as page_features
    from rewardlab.rewards.combination.pages import redundant as redundant
    from rewardlab.rewards.combination.pages import slot_pay as slot_pay
    from rewardlab.rewards.combination.pages import swapped as swapped
    from rewardlab.rewards.combination.pages import worse_ranked as worse_ranked
    from rewardlab.rewards.combination.pareto import hypervolume as hypervolume
    from rewardlab.rewards.combination.pareto import non_dominated as non_dominated
    from rewardlab.rewards.combination.parrot import pareto_weights as pareto_weights
    from rewardlab.rewards.combination.parrot import prompt_centred_guidance as prompt_centred_guidance
    from rewardlab.rewards.combination.product import Product as Product
    from rewardlab.rewards.combination.reference_mixture import reference_mixture as reference_mixture
    from rewardlab.rewards.combination.robust import Robust as Robust
    from rewardlab.rewards.combination.route_completion import RouteCompletion as RouteCompletion
    from rewardlab.rewards.combination.routed import Routed as Routed
    from rewardlab.rewards.combination.scored import Scored as Scored
    from rewardlab.rewards.combination.segmentation import box_matching as box_matching
    from rewardlab.rewards.combination.segmentation import keyframe_saliency as keyframe_saliency
    from rewardlab.rewards.combination.segmentation import segmentation_parts as segmentation_parts
    from rewardlab.rewards.combination.segmentation import segmentation_reward as segmentation_reward
    from rewardlab.rewards.combination.uncertainty_weighted import UncertaintyWeighted as UncertaintyWeighted
    from rewardlab.rewards.combination.utility_difference import UtilityDifference as UtilityDifference
    from rewardlab.rewards.combination.weighted import Weighted as Weighted
    from rewardlab.rewards.combination.weighted_sum import WeightedSum as WeightedSum
    from rewardlab.rewards.combination.worst_case import WorstCase as WorstCase
    from rewardlab.rewards.combination.xi_constrained import XiConstrained as XiConstrained

__getattr__ = lazy(__name__)
