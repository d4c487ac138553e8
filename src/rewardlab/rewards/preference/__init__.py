"""Preferences: rewards learned from comparisons of segments, and the teachers that judge them."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.preference.agreement import agreed as agreed
    from rewardlab.rewards.preference.base_reward import BaseReward as BaseReward
    from rewardlab.rewards.preference.bradley_terry import BradleyTerry as BradleyTerry
    from rewardlab.rewards.preference.budgets import constant_budget as constant_budget
    from rewardlab.rewards.preference.budgets import front_loaded_budget as front_loaded_budget
    from rewardlab.rewards.preference.budgets import hyperbolic_budget as hyperbolic_budget
    from rewardlab.rewards.preference.budgets import increasing_budget as increasing_budget
    from rewardlab.rewards.preference.budgets import inverse_square_budget as inverse_square_budget
    from rewardlab.rewards.preference.budgets import spread_budget as spread_budget
    from rewardlab.rewards.preference.crm import CRM as CRM
    from rewardlab.rewards.preference.crm import peer_reviewed as peer_reviewed
    from rewardlab.rewards.preference.davidson import Davidson as Davidson
    from rewardlab.rewards.preference.extrapolation import extrapolated as extrapolated
    from rewardlab.rewards.preference.feedback import Choice as Choice
    from rewardlab.rewards.preference.feedback import Correction as Correction
    from rewardlab.rewards.preference.feedback import Pairwise as Pairwise
    from rewardlab.rewards.preference.feedback import Ranking as Ranking
    from rewardlab.rewards.preference.feedback import Rating as Rating
    from rewardlab.rewards.preference.feedback import fit_linear as fit_linear
    from rewardlab.rewards.preference.feedback import log_likelihood as log_likelihood
    from rewardlab.rewards.preference.feedback import respond as respond
    from rewardlab.rewards.preference.feedback import stop_scores as stop_scores
    from rewardlab.rewards.preference.goal_contrast import GoalContrast as GoalContrast
    from rewardlab.rewards.preference.induced_network import InducedNetwork as InducedNetwork
    from rewardlab.rewards.preference.laplace import LaplaceBradleyTerry as LaplaceBradleyTerry
    from rewardlab.rewards.preference.learning import PreferenceLearning as PreferenceLearning
    from rewardlab.rewards.preference.linear_values import SoftValues as SoftValues
    from rewardlab.rewards.preference.linear_values import SuccessorFeatures as SuccessorFeatures
    from rewardlab.rewards.preference.linear_values import random_policies as random_policies
    from rewardlab.rewards.preference.margin_bradley_terry import MarginBradleyTerry as MarginBradleyTerry
    from rewardlab.rewards.preference.member import Member as Member
    from rewardlab.rewards.preference.member import members_of as members_of
    from rewardlab.rewards.preference.model import SegmentModel as SegmentModel
    from rewardlab.rewards.preference.pal_a import PALA as PALA
    from rewardlab.rewards.preference.pal_b import PALB as PALB
    from rewardlab.rewards.preference.person import ForPerson as ForPerson
    from rewardlab.rewards.preference.plackett_luce import PlackettLuce as PlackettLuce
    from rewardlab.rewards.preference.prefix_trees import PrefixLikeness as PrefixLikeness
    from rewardlab.rewards.preference.prefix_trees import different_pairs as different_pairs
    from rewardlab.rewards.preference.prefix_trees import inference_distance as inference_distance
    from rewardlab.rewards.preference.prefix_trees import prefix_tree as prefix_tree
    from rewardlab.rewards.preference.queries import Queries as Queries
    from rewardlab.rewards.preference.randomised_preference import RandomisedPreference as RandomisedPreference
    from rewardlab.rewards.preference.randomised_preference import member_disagreement as member_disagreement
    from rewardlab.rewards.preference.rao_kupper import RaoKupper as RaoKupper
    from rewardlab.rewards.preference.ratings import OrdinalRatings as OrdinalRatings
    from rewardlab.rewards.preference.ratings import RatingRegression as RatingRegression
    from rewardlab.rewards.preference.regret_preference import RegretPreference as RegretPreference
    from rewardlab.rewards.preference.regret_preference import TableUtility as TableUtility
    from rewardlab.rewards.preference.regret_preference import regrets as regrets
    from rewardlab.rewards.preference.scaled_bradley_terry import ScaledBradleyTerry as ScaledBradleyTerry
    from rewardlab.rewards.preference.segments import fragment as fragment
    from rewardlab.rewards.preference.segments import pair_segments as pair_segments
    from rewardlab.rewards.preference.segments import response_items as response_items
    from rewardlab.rewards.preference.segments import vector_items as vector_items
    from rewardlab.rewards.preference.strategies.disagreement import Disagreement as Disagreement
    from rewardlab.rewards.preference.strategies.diverse import Diverse as Diverse
    from rewardlab.rewards.preference.strategies.entropy import Entropy as Entropy
    from rewardlab.rewards.preference.strategies.expected_change import ExpectedChange as ExpectedChange
    from rewardlab.rewards.preference.strategies.information_gain import InformationGain as InformationGain
    from rewardlab.rewards.preference.strategies.k_centre import KCentre as KCentre
    from rewardlab.rewards.preference.strategies.shortlist import Shortlist as Shortlist
    from rewardlab.rewards.preference.strategies.uniform import Uniform as Uniform
    from rewardlab.rewards.preference.strategies.value_incentivised import ValueIncentivised as ValueIncentivised
    from rewardlab.rewards.preference.teachers.b_pref import Indifferent as Indifferent
    from rewardlab.rewards.preference.teachers.b_pref import Mistaken as Mistaken
    from rewardlab.rewards.preference.teachers.b_pref import Myopic as Myopic
    from rewardlab.rewards.preference.teachers.b_pref import NoisyTeacher as NoisyTeacher
    from rewardlab.rewards.preference.teachers.b_pref import Skipping as Skipping
    from rewardlab.rewards.preference.teachers.b_pref import adaptive as adaptive
    from rewardlab.rewards.preference.teachers.b_pref import b_pref as b_pref
    from rewardlab.rewards.preference.teachers.heron import Heron as Heron
    from rewardlab.rewards.preference.teachers.heron import intransitive_triples as intransitive_triples
    from rewardlab.rewards.preference.teachers.heron import lexicographic as lexicographic
    from rewardlab.rewards.preference.teachers.kernel import Teacher as Teacher
    from rewardlab.rewards.preference.teachers.marks import Ranker as Ranker
    from rewardlab.rewards.preference.teachers.marks import Rater as Rater
    from rewardlab.rewards.preference.teachers.population import Population as Population
    from rewardlab.rewards.preference.teachers.tabular import PartialReturn as PartialReturn
    from rewardlab.rewards.preference.teachers.tabular import Regret as Regret
    from rewardlab.rewards.preference.thurstone import Thurstone as Thurstone
    from rewardlab.rewards.preference.variational import VariationalBradleyTerry as VariationalBradleyTerry
    from rewardlab.rewards.preference.vpl import VPL as VPL
    from rewardlab.rewards.preference.win_chance import WinChance as WinChance
    from rewardlab.rewards.preference.win_chance import win_chance as win_chance

__getattr__ = lazy(__name__)
