"""Oracles: language models, embedders and people as plain batched callables."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.oracle.cache import Cache as Cache
    from rewardlab.core.oracle.cache import Cached as Cached
    from rewardlab.core.oracle.embedding import EndpointEmbed as EndpointEmbed
    from rewardlab.core.oracle.endpoint import Endpoint as Endpoint
    from rewardlab.core.oracle.kinds import Answer as Answer
    from rewardlab.core.oracle.kinds import Ask as Ask
    from rewardlab.core.oracle.kinds import Embed as Embed
    from rewardlab.core.oracle.kinds import Prefer as Prefer
    from rewardlab.core.oracle.kinds import Prompt as Prompt
    from rewardlab.core.oracle.kinds import answers as answers
    from rewardlab.core.oracle.ledger import Ledger as Ledger
    from rewardlab.core.oracle.ledger import Spent as Spent
    from rewardlab.core.oracle.local import LocalEmbed as LocalEmbed
    from rewardlab.core.oracle.local import LocalModel as LocalModel
    from rewardlab.core.oracle.person import PersonAsk as PersonAsk
    from rewardlab.core.oracle.person import PersonPrefer as PersonPrefer
    from rewardlab.core.oracle.prefer import PreferByAsk as PreferByAsk
    from rewardlab.core.oracle.reading import read_oracle as read_oracle
    from rewardlab.core.oracle.recorded import Recorded as Recorded
    from rewardlab.core.oracle.recorded import Recording as Recording
    from rewardlab.core.oracle.scripted import Scripted as Scripted

__getattr__ = lazy(__name__)
