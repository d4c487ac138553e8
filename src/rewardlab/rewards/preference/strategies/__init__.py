"""Strategies of asking: which of many candidate pairs a teacher is asked about."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.preference.strategies.disagreement import Disagreement as Disagreement
    from rewardlab.rewards.preference.strategies.entropy import Entropy as Entropy
    from rewardlab.rewards.preference.strategies.information_gain import InformationGain as InformationGain
    from rewardlab.rewards.preference.strategies.uniform import Uniform as Uniform

__getattr__ = lazy(__name__)
