"""Bodies moved by MuJoCo: models of our own, sparse goals and staged tasks."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.mujoco.ball_push import BallPush as BallPush
    from rewardlab.envs.mujoco.sparse_reacher import SparseReacher as SparseReacher

__getattr__ = lazy(__name__)
