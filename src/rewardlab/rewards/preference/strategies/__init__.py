"""Strategies of asking: which of many candidate pairs a teacher is asked about."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.preference.strategies.disagreement import Disagreement as Disagreement
    from rewardlab.rewards.preference.strategies.diverse import Diverse as Diverse
    from rewardlab.rewards.preference.strategies.entropy import Entropy as Entropy
    from rewardlab.rewards.preference.strategies.expected_change import ExpectedChange as ExpectedChange
    from rewardlab.rewards.preference.strategies.information_gain import InformationGain as InformationGain
    from rewardlab.rewards.preference.strategies.k_centre import KCentre as KCentre
    from rewardlab.rewards.preference.strategies.shortlist import Shortlist as Shortlist
    from rewardlab.rewards.preference.strategies.uniform import Uniform as Uniform
    from rewardlab.rewards.preference.strategies.value_incentivised import ValueIncentivised as ValueIncentivised

__getattr__ = lazy(__name__)
