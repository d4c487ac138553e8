"""Rewards that language models write, judge or tune, and the search that needs none."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.language.annotator import BackgroundAnnotator as BackgroundAnnotator
    from rewardlab.rewards.language.annotator import ClockedAnnotator as ClockedAnnotator
    from rewardlab.rewards.language.judging import KeptJudge as KeptJudge
    from rewardlab.rewards.language.judging import NoisyJudge as NoisyJudge
    from rewardlab.rewards.language.judging import ScoreJudge as ScoreJudge
    from rewardlab.rewards.language.oni import ONIClassification as ONIClassification
    from rewardlab.rewards.language.oni import ONIRanking as ONIRanking
    from rewardlab.rewards.language.oni import ONIRetrieval as ONIRetrieval
    from rewardlab.rewards.language.text_network import TextNetwork as TextNetwork

__getattr__ = lazy(__name__)
