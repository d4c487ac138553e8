"""Token policies: vocabularies, small models, sampling and scoring of tokens, dialogues that are played."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.loops.tokens.chat import ChatTokens as ChatTokens
    from rewardlab.agents.loops.tokens.critic import TokenCritic as TokenCritic
    from rewardlab.agents.loops.tokens.dialogues import Play as Play
    from rewardlab.agents.loops.tokens.dialogues import asynchronous as asynchronous
    from rewardlab.agents.loops.tokens.dialogues import synchronous as synchronous
    from rewardlab.agents.loops.tokens.policy import TokenPolicy as TokenPolicy
    from rewardlab.agents.loops.tokens.rollouts import Rollouts as Rollouts
    from rewardlab.agents.loops.tokens.tiny import tiny_llama as tiny_llama
    from rewardlab.agents.loops.tokens.vocabulary import Characters as Characters
    from rewardlab.agents.loops.tokens.vocabulary import Vocabulary as Vocabulary
    from rewardlab.agents.loops.tokens.vocabulary import Words as Words

__getattr__ = lazy(__name__)
