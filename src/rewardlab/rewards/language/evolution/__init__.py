"""The designer without a language model: a grammar over what an environment says of itself, and its evolution."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.language.evolution.asking import EvolutionAsk as EvolutionAsk
    from rewardlab.rewards.language.evolution.evolving import Evolution as Evolution
    from rewardlab.rewards.language.evolution.grammar import Design as Design
    from rewardlab.rewards.language.evolution.grammar import read_design as read_design
    from rewardlab.rewards.language.evolution.search import Scored as Scored
    from rewardlab.rewards.language.evolution.search import propose as propose
    from rewardlab.rewards.language.evolution.sheet import Sheet as Sheet
    from rewardlab.rewards.language.evolution.sheet import read_sheet as read_sheet

__getattr__ = lazy(__name__)
