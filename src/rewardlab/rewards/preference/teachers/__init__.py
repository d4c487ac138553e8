"""Simulated teachers, who judge segments by a utility that the learner does not see."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.preference.teachers.b_pref import Indifferent as Indifferent
    from rewardlab.rewards.preference.teachers.b_pref import Mistaken as Mistaken
    from rewardlab.rewards.preference.teachers.b_pref import Myopic as Myopic
    from rewardlab.rewards.preference.teachers.b_pref import NoisyTeacher as NoisyTeacher
    from rewardlab.rewards.preference.teachers.b_pref import Skipping as Skipping
    from rewardlab.rewards.preference.teachers.kernel import Teacher as Teacher

__getattr__ = lazy(__name__)
