"""Oracles: language models, embedders and people as plain batched callables."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.oracle.kinds import Answer as Answer
    from rewardlab.core.oracle.kinds import Ask as Ask
    from rewardlab.core.oracle.kinds import Embed as Embed
    from rewardlab.core.oracle.kinds import Prefer as Prefer
    from rewardlab.core.oracle.kinds import Prompt as Prompt
    from rewardlab.core.oracle.kinds import answers as answers

__getattr__ = lazy(__name__)
