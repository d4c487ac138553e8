"""Preferences: rewards learned from comparisons of segments, and the teachers that judge them."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.preference.bradley_terry import BradleyTerry as BradleyTerry
    from rewardlab.rewards.preference.budgets import constant_budget as constant_budget
    from rewardlab.rewards.preference.budgets import front_loaded_budget as front_loaded_budget
    from rewardlab.rewards.preference.budgets import hyperbolic_budget as hyperbolic_budget
    from rewardlab.rewards.preference.budgets import increasing_budget as increasing_budget
    from rewardlab.rewards.preference.budgets import inverse_square_budget as inverse_square_budget
    from rewardlab.rewards.preference.budgets import spread_budget as spread_budget
    from rewardlab.rewards.preference.induced_network import InducedNetwork as InducedNetwork
    from rewardlab.rewards.preference.model import SegmentModel as SegmentModel
    from rewardlab.rewards.preference.prefix_trees import PrefixLikeness as PrefixLikeness
    from rewardlab.rewards.preference.prefix_trees import different_pairs as different_pairs
    from rewardlab.rewards.preference.prefix_trees import inference_distance as inference_distance
    from rewardlab.rewards.preference.prefix_trees import prefix_tree as prefix_tree
    from rewardlab.rewards.preference.queries import Queries as Queries
    from rewardlab.rewards.preference.segments import fragment as fragment
    from rewardlab.rewards.preference.segments import pair_segments as pair_segments
    from rewardlab.rewards.preference.segments import vector_items as vector_items
    from rewardlab.rewards.preference.strategies.disagreement import Disagreement as Disagreement
    from rewardlab.rewards.preference.strategies.entropy import Entropy as Entropy
    from rewardlab.rewards.preference.strategies.information_gain import InformationGain as InformationGain
    from rewardlab.rewards.preference.strategies.uniform import Uniform as Uniform
    from rewardlab.rewards.preference.teachers.b_pref import Indifferent as Indifferent
    from rewardlab.rewards.preference.teachers.b_pref import Mistaken as Mistaken
    from rewardlab.rewards.preference.teachers.b_pref import Myopic as Myopic
    from rewardlab.rewards.preference.teachers.b_pref import NoisyTeacher as NoisyTeacher
    from rewardlab.rewards.preference.teachers.b_pref import Skipping as Skipping
    from rewardlab.rewards.preference.teachers.b_pref import b_pref as b_pref
    from rewardlab.rewards.preference.teachers.kernel import Teacher as Teacher

__getattr__ = lazy(__name__)
