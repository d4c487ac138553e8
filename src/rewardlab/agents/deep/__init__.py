"""Deep agents: Stable-Baselines3's algorithms in loops that keep the data on the device."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.deep.a2c import A2C as A2C
    from rewardlab.agents.deep.archer import ArCHer as ArCHer
    from rewardlab.agents.deep.c51 import C51 as C51
    from rewardlab.agents.deep.coupled import Coupled as Coupled
    from rewardlab.agents.deep.dqn import DQN as DQN
    from rewardlab.agents.deep.lion import Lion as Lion
    from rewardlab.agents.deep.mdpo import MDPO as MDPO
    from rewardlab.agents.deep.mdpo_off_policy import MDPOOffPolicy as MDPOOffPolicy
    from rewardlab.agents.deep.occupancy import OccupancyPPO as OccupancyPPO
    from rewardlab.agents.deep.occupancy import best_occupancy as best_occupancy
    from rewardlab.agents.deep.occupancy import chi_square as chi_square
    from rewardlab.agents.deep.occupancy import improvement_bound as improvement_bound
    from rewardlab.agents.deep.occupancy import regularised_reward as regularised_reward
    from rewardlab.agents.deep.ppo import PPO as PPO
    from rewardlab.agents.deep.qr_dqn import QRDQN as QRDQN
    from rewardlab.agents.deep.sac import SAC as SAC

__getattr__ = lazy(__name__)
