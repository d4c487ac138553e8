"""Rewards that language models write, judge or tune, and the search that needs none."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.language.annotator import ClockedAnnotator as ClockedAnnotator
    from rewardlab.rewards.language.asking import AskAchieved as AskAchieved
    from rewardlab.rewards.language.asking import AskBetter as AskBetter
    from rewardlab.rewards.language.asking import AskHelpful as AskHelpful
    from rewardlab.rewards.language.asking import SubGoal as SubGoal
    from rewardlab.rewards.language.asking import decompose as decompose
    from rewardlab.rewards.language.auto_mc_reward import AutoMCReward as AutoMCReward
    from rewardlab.rewards.language.background_annotator import BackgroundAnnotator as BackgroundAnnotator
    from rewardlab.rewards.language.calm import CALM as CALM
    from rewardlab.rewards.language.calm_potential import CALMPotential as CALMPotential
    from rewardlab.rewards.language.choosing import by_preference as by_preference
    from rewardlab.rewards.language.choosing import by_score as by_score
    from rewardlab.rewards.language.choosing import placebo as placebo
    from rewardlab.rewards.language.clip_embed import ClipEmbed as ClipEmbed
    from rewardlab.rewards.language.contrastive_encoder import ContrastiveEncoder as ContrastiveEncoder
    from rewardlab.rewards.language.contrastive_encoder import info_nce as info_nce
    from rewardlab.rewards.language.contrastive_encoder import words_of as words_of
    from rewardlab.rewards.language.cost_terms import CostTerms as CostTerms
    from rewardlab.rewards.language.design.budget import Budget as Budget
    from rewardlab.rewards.language.design.context import Context as Context
    from rewardlab.rewards.language.design.loop import Designed as Designed
    from rewardlab.rewards.language.design.loop import design_reward as design_reward
    from rewardlab.rewards.language.design.system import Run as Run
    from rewardlab.rewards.language.design.system import System as System
    from rewardlab.rewards.language.design.trained import Trained as Trained
    from rewardlab.rewards.language.driving_cost import DrivingCost as DrivingCost
    from rewardlab.rewards.language.driving_rules import DrivingRules as DrivingRules
    from rewardlab.rewards.language.evolution.asking import EvolutionAsk as EvolutionAsk
    from rewardlab.rewards.language.evolution.evolving import Evolution as Evolution
    from rewardlab.rewards.language.grid_text import GridText as GridText
    from rewardlab.rewards.language.icpl import ICPL as ICPL
    from rewardlab.rewards.language.judging import KeptJudge as KeptJudge
    from rewardlab.rewards.language.judging import NoisyJudge as NoisyJudge
    from rewardlab.rewards.language.judging import ScoreJudge as ScoreJudge
    from rewardlab.rewards.language.l2r import L2R as L2R
    from rewardlab.rewards.language.l2r import CodeAsPolicies as CodeAsPolicies
    from rewardlab.rewards.language.l2r import DirectCoder as DirectCoder
    from rewardlab.rewards.language.mpcxllm import DecisionxLLM as DecisionxLLM
    from rewardlab.rewards.language.mpcxllm import Hints as Hints
    from rewardlab.rewards.language.mpcxllm import MPCxLLM as MPCxLLM
    from rewardlab.rewards.language.mpcxllm import Supervisor as Supervisor
    from rewardlab.rewards.language.oni import ONIClassification as ONIClassification
    from rewardlab.rewards.language.oni import ONIRanking as ONIRanking
    from rewardlab.rewards.language.oni import ONIRetrieval as ONIRetrieval
    from rewardlab.rewards.language.programmed import Programmed as Programmed
    from rewardlab.rewards.language.programmed import in_python as in_python
    from rewardlab.rewards.language.reflection import Reflection as Reflection
    from rewardlab.rewards.language.reward_file import load_reward as load_reward
    from rewardlab.rewards.language.reward_file import write_reward as write_reward
    from rewardlab.rewards.language.sentence_rules import SentenceRules as SentenceRules
    from rewardlab.rewards.language.template_roles import TemplateRoles as TemplateRoles
    from rewardlab.rewards.language.text2reward import Text2Reward as Text2Reward
    from rewardlab.rewards.language.text_network import TextNetwork as TextNetwork
    from rewardlab.rewards.language.verdict_scores import labelled_steps as labelled_steps
    from rewardlab.rewards.language.verdict_scores import verdict_scores as verdict_scores
    from rewardlab.rewards.language.vlm_rm import VlmReward as VlmReward
    from rewardlab.rewards.language.vlm_rm import choose_alpha as choose_alpha
    from rewardlab.rewards.language.vlm_rm import frame_column as frame_column
    from rewardlab.rewards.language.vlm_rm import next_picture as next_picture
    from rewardlab.rewards.language.vlm_rm import projected as projected
    from rewardlab.rewards.language.vlm_rm import similarity as similarity

__getattr__ = lazy(__name__)
