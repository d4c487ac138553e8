"""Continuous control as plain array rules for NumPy and torch: points and vehicles, no physics engine."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.control.bicycle_drive import BicycleDrive as BicycleDrive
    from rewardlab.envs.control.point_nav import PointNav as PointNav

__getattr__ = lazy(__name__)
