"""Labelling: people judge pairs of segments in a browser, a terminal or a notebook, over one file of labels."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.preference.labelling.clips import animated as animated
    from rewardlab.rewards.preference.labelling.clips import filmstrip as filmstrip
    from rewardlab.rewards.preference.labelling.panel import Panel as Panel
    from rewardlab.rewards.preference.labelling.server import app as app
    from rewardlab.rewards.preference.labelling.serving import serve as serve
    from rewardlab.rewards.preference.labelling.store import LabelStore as LabelStore
    from rewardlab.rewards.preference.labelling.turns import Query as Query

__getattr__ = lazy(__name__)
