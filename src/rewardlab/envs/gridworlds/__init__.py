"""Grid worlds: MiniGrid's rules, step for step, for many levels at once."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.gridworlds.minigrid import MiniGridTask as MiniGridTask
    from rewardlab.envs.gridworlds.planner import optimal_steps as optimal_steps

__getattr__ = lazy(__name__)
