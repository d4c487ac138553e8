"""Preferences: rewards learned from comparisons of segments, and the teachers that judge them."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.preference.bradley_terry import BradleyTerry as BradleyTerry
    from rewardlab.rewards.preference.model import SegmentModel as SegmentModel
    from rewardlab.rewards.preference.segments import pair_segments as pair_segments
    from rewardlab.rewards.preference.segments import vector_items as vector_items
    from rewardlab.rewards.preference.teachers import NoisyTeacher as NoisyTeacher
    from rewardlab.rewards.preference.teachers import Teacher as Teacher

__getattr__ = lazy(__name__)
