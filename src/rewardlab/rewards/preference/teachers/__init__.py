"""Simulated teachers, who judge segments by a utility that the learner does not see."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.preference.teachers.b_pref import Indifferent as Indifferent
    from rewardlab.rewards.preference.teachers.b_pref import Mistaken as Mistaken
    from rewardlab.rewards.preference.teachers.b_pref import Myopic as Myopic
    from rewardlab.rewards.preference.teachers.b_pref import NoisyTeacher as NoisyTeacher
    from rewardlab.rewards.preference.teachers.b_pref import Skipping as Skipping
    from rewardlab.rewards.preference.teachers.b_pref import adaptive as adaptive
    from rewardlab.rewards.preference.teachers.b_pref import b_pref as b_pref
    from rewardlab.rewards.preference.teachers.heron import Heron as Heron
    from rewardlab.rewards.preference.teachers.heron import intransitive_triples as intransitive_triples
    from rewardlab.rewards.preference.teachers.heron import lexicographic as lexicographic
    from rewardlab.rewards.preference.teachers.kernel import Teacher as Teacher
    from rewardlab.rewards.preference.teachers.marks import Ranker as Ranker
    from rewardlab.rewards.preference.teachers.marks import Rater as Rater
    from rewardlab.rewards.preference.teachers.population import Population as Population
    from rewardlab.rewards.preference.teachers.tabular import PartialReturn as PartialReturn
    from rewardlab.rewards.preference.teachers.tabular import Regret as Regret

__getattr__ = lazy(__name__)
