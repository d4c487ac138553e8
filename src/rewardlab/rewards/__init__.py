"""Rewards: everything that changes or makes a reward, and the drivers that pay it."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.algebra import Annealed as Annealed
    from rewardlab.core.algebra import Chain as Chain
    from rewardlab.core.algebra import Scale as Scale
    from rewardlab.core.algebra import Sum as Sum
    from rewardlab.core.reward import Reward as Reward
    from rewardlab.core.reward import Task as Task
    from rewardlab.rewards.callbacks import RewardPartsCallback as RewardPartsCallback
    from rewardlab.rewards.callbacks import TrueEvalCallback as TrueEvalCallback
    from rewardlab.rewards.combination import GatedAccumulation as GatedAccumulation
    from rewardlab.rewards.drivers import ClipTo as ClipTo
    from rewardlab.rewards.drivers import EndEpisode as EndEpisode
    from rewardlab.rewards.drivers import OnInvalid as OnInvalid
    from rewardlab.rewards.drivers import Paid as Paid
    from rewardlab.rewards.drivers import PaidVecEnv as PaidVecEnv
    from rewardlab.rewards.drivers import PaidVector as PaidVector
    from rewardlab.rewards.drivers import PayZero as PayZero
    from rewardlab.rewards.drivers import Refuse as Refuse
    from rewardlab.rewards.drivers import as_trl_reward as as_trl_reward
    from rewardlab.rewards.drivers import from_minari as from_minari
    from rewardlab.rewards.drivers import relabel as relabel
    from rewardlab.rewards.drivers import rollouts as rollouts
    from rewardlab.rewards.drivers import score as score
    from rewardlab.rewards.intrinsic import RND as RND
    from rewardlab.rewards.intrinsic import CountBonus as CountBonus
    from rewardlab.rewards.preference import BradleyTerry as BradleyTerry
    from rewardlab.rewards.preference import NoisyTeacher as NoisyTeacher
    from rewardlab.rewards.preference import Teacher as Teacher
    from rewardlab.rewards.preference import pair_segments as pair_segments
    from rewardlab.rewards.saving import load_reward as load_reward
    from rewardlab.rewards.saving import save_reward as save_reward
    from rewardlab.rewards.shaping import Distance as Distance
    from rewardlab.rewards.shaping import Potential as Potential
    from rewardlab.rewards.shaping import Progress as Progress
    from rewardlab.rewards.specification import Milestones as Milestones
    from rewardlab.rewards.transforms import Clip as Clip
    from rewardlab.rewards.transforms import Normalise as Normalise

__getattr__ = lazy(__name__)
