"""Transforms: what is made of a pay, as the later stage of `reward.then(...)`."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.transforms.centred import Centred as Centred
    from rewardlab.rewards.transforms.centred import CentredPolynomial as CentredPolynomial
    from rewardlab.rewards.transforms.centred import CentredTanh as CentredTanh
    from rewardlab.rewards.transforms.centred import LateGrowth as LateGrowth
    from rewardlab.rewards.transforms.clip import Clip as Clip
    from rewardlab.rewards.transforms.clip_delta import Delta as Delta
    from rewardlab.rewards.transforms.clip_delta import StepClip as StepClip
    from rewardlab.rewards.transforms.clip_delta import clip_delta as clip_delta
    from rewardlab.rewards.transforms.clip_delta import clip_scores as clip_scores
    from rewardlab.rewards.transforms.clip_delta import delta_scores as delta_scores
    from rewardlab.rewards.transforms.differentiate import Differentiated as Differentiated
    from rewardlab.rewards.transforms.efficient_groups import efficient_groups as efficient_groups
    from rewardlab.rewards.transforms.flip_noise import FlipByAnswer as FlipByAnswer
    from rewardlab.rewards.transforms.flip_noise import FlipByQuestion as FlipByQuestion
    from rewardlab.rewards.transforms.length_penalty import LengthPenalty as LengthPenalty
    from rewardlab.rewards.transforms.log_sigmoid_centred import LogSigmoidCentred as LogSigmoidCentred
    from rewardlab.rewards.transforms.normalise import Normalise as Normalise
    from rewardlab.rewards.transforms.phrases import Compensated as Compensated
    from rewardlab.rewards.transforms.phrases import PhraseReward as PhraseReward
    from rewardlab.rewards.transforms.preference_as_reward import PreferenceAsReward as PreferenceAsReward
    from rewardlab.rewards.transforms.squash import Sigmoid as Sigmoid
    from rewardlab.rewards.transforms.squash import SymmetricLog as SymmetricLog
    from rewardlab.rewards.transforms.squash import Tanh as Tanh
    from rewardlab.rewards.transforms.standardise import ClipBand as ClipBand
    from rewardlab.rewards.transforms.standardise import MinMax as MinMax
    from rewardlab.rewards.transforms.standardise import Standardise as Standardise

__getattr__ = lazy(__name__)
