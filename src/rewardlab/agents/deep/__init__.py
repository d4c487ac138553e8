"""Deep agents: Stable-Baselines3's algorithms in loops that keep the data on the device."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.deep.a2c import A2C as A2C
    from rewardlab.agents.deep.mdpo import MDPO as MDPO
    from rewardlab.agents.deep.ppo import PPO as PPO

__getattr__ = lazy(__name__)
