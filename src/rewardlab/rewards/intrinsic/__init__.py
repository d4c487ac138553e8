"""Intrinsic rewards: pay for what is new, surprising or not yet learned."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.intrinsic.cells import downscaled as downscaled
    from rewardlab.rewards.intrinsic.channel import empowerment as empowerment
    from rewardlab.rewards.intrinsic.count import CountBonus as CountBonus
    from rewardlab.rewards.intrinsic.disagreement import Disagreement as Disagreement
    from rewardlab.rewards.intrinsic.e3b import E3B as E3B
    from rewardlab.rewards.intrinsic.empowerment_bonus import Empowerment as Empowerment
    from rewardlab.rewards.intrinsic.episodic_count import EpisodicCount as EpisodicCount
    from rewardlab.rewards.intrinsic.go_explore import GoExploreCells as GoExploreCells
    from rewardlab.rewards.intrinsic.hashed_count import HashedCount as HashedCount
    from rewardlab.rewards.intrinsic.icm import ICM as ICM
    from rewardlab.rewards.intrinsic.learning_progress import LearningProgress as LearningProgress
    from rewardlab.rewards.intrinsic.ngu import NGU as NGU
    from rewardlab.rewards.intrinsic.novel_d import NovelD as NovelD
    from rewardlab.rewards.intrinsic.novelty_search import NoveltySearch as NoveltySearch
    from rewardlab.rewards.intrinsic.pseudo_count import PseudoCount as PseudoCount
    from rewardlab.rewards.intrinsic.re3 import RE3 as RE3
    from rewardlab.rewards.intrinsic.ride import RIDE as RIDE
    from rewardlab.rewards.intrinsic.rnd import RND as RND

__getattr__ = lazy(__name__)
