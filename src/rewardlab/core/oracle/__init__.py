"""Oracles: language models, embedders and people as plain batched callables."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.oracle.cache import Cache as Cache
    from rewardlab.core.oracle.cache import Cached as Cached
    from rewardlab.core.oracle.endpoint import Endpoint as Endpoint
    from rewardlab.core.oracle.kinds import Answer as Answer
    from rewardlab.core.oracle.kinds import Ask as Ask
    from rewardlab.core.oracle.kinds import Embed as Embed
    from rewardlab.core.oracle.kinds import Prefer as Prefer
    from rewardlab.core.oracle.kinds import Prompt as Prompt
    from rewardlab.core.oracle.kinds import answers as answers
    from rewardlab.core.oracle.ledger import Ledger as Ledger
    from rewardlab.core.oracle.ledger import Spent as Spent

__getattr__ = lazy(__name__)
