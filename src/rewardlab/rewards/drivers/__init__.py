"""Drivers: what pays a reward to an environment, to recorded steps, or to text."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.drivers.invalid import ClipTo as ClipTo
    from rewardlab.rewards.drivers.invalid import EndEpisode as EndEpisode
    from rewardlab.rewards.drivers.invalid import OnInvalid as OnInvalid
    from rewardlab.rewards.drivers.invalid import PayZero as PayZero
    from rewardlab.rewards.drivers.invalid import Refuse as Refuse
    from rewardlab.rewards.drivers.recorded import from_minari as from_minari
    from rewardlab.rewards.drivers.recorded import relabel as relabel
    from rewardlab.rewards.drivers.remembering import Remembering as Remembering
    from rewardlab.rewards.drivers.replay import HindsightPaid as HindsightPaid
    from rewardlab.rewards.drivers.replay import relabel_replay as relabel_replay
    from rewardlab.rewards.drivers.single import Paid as Paid
    from rewardlab.rewards.drivers.text import rollouts as rollouts
    from rewardlab.rewards.drivers.text import score as score
    from rewardlab.rewards.drivers.trl import TrlReward as TrlReward
    from rewardlab.rewards.drivers.trl import as_trl_reward as as_trl_reward
    from rewardlab.rewards.drivers.vec_env import PaidVecEnv as PaidVecEnv
    from rewardlab.rewards.drivers.vector import PaidVector as PaidVector

__getattr__ = lazy(__name__)
