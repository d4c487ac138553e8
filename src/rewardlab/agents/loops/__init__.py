"""Loops: how agents meet environments; a method is what it does with the steps."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.loops.bandit import BanditAgent as BanditAgent
    from rewardlab.agents.loops.contextual import ContextualAgent as ContextualAgent
    from rewardlab.agents.loops.contextual import RidgeAgent as RidgeAgent
    from rewardlab.agents.loops.convex import ConvexAgent as ConvexAgent
    from rewardlab.agents.loops.hinted import HintedAgent as HintedAgent
    from rewardlab.agents.loops.memories import MemoryAgent as MemoryAgent
    from rewardlab.agents.loops.online import OnlineAgent as OnlineAgent
    from rewardlab.agents.loops.preferences import Comparison as Comparison
    from rewardlab.agents.loops.preferences import PreferenceAgent as PreferenceAgent
    from rewardlab.agents.loops.rollout import Rollout as Rollout
    from rewardlab.agents.loops.rollout import Spaces as Spaces
    from rewardlab.agents.loops.rollout import Step as Step
    from rewardlab.agents.loops.sequence import SequenceAgent as SequenceAgent
    from rewardlab.agents.loops.tabular import TabularAgent as TabularAgent
    from rewardlab.agents.loops.tokens.chat import ChatTokens as ChatTokens
    from rewardlab.agents.loops.tokens.critic import TokenCritic as TokenCritic
    from rewardlab.agents.loops.tokens.policy import TokenPolicy as TokenPolicy
    from rewardlab.agents.loops.tokens.tiny import tiny_llama as tiny_llama
    from rewardlab.agents.loops.tokens.vocabulary import Characters as Characters
    from rewardlab.agents.loops.tokens.vocabulary import Words as Words
    from rewardlab.agents.loops.warm_up import warm_up as warm_up

__getattr__ = lazy(__name__)
