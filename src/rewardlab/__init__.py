"""Reward design, reward learning and exploration on Gymnasium.

`import rewardlab` registers every `rewardlab/...` id and is cheap: torch, Stable-Baselines3, MuJoCo and Numba are
imported by what uses them.
"""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy
from rewardlab.envs import register_all

if TYPE_CHECKING:
    from rewardlab import agents as agents
    from rewardlab import benchmarks as benchmarks
    from rewardlab import envs as envs
    from rewardlab import rewards as rewards
    from rewardlab import testing as testing

__version__ = "0.1.0"
__getattr__ = lazy(__name__)

register_all()
