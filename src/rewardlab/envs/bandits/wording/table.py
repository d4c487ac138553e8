"""Which wording speaks for which bandit, by the name of its class; those below a class speak as it does."""

from collections.abc import Mapping
from typing import Any

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.bandits.ids import IDS
from rewardlab.envs.bandits.wording.adversaries import Adversaries
from rewardlab.envs.bandits.wording.arms import Arms, Changing
from rewardlab.envs.bandits.wording.contexts import Contexts, Draws
from rewardlab.envs.bandits.wording.delays import Delayed
from rewardlab.envs.bandits.wording.duels import Duels
from rewardlab.envs.bandits.wording.estimates import Ball, Predictions, Shifts
from rewardlab.envs.bandits.wording.pages import Pages
from rewardlab.envs.bandits.wording.points import Losses
from rewardlab.envs.bandits.wording.responses import Replies
from rewardlab.envs.bandits.wording.speech import Wording
from rewardlab.envs.bandits.wording.states import Moving, Rested, Warmed
from rewardlab.envs.rules import Rules, build

WORDINGS: dict[str, type[Wording]] = {
    "AdversarialBandit": Adversaries,
    "ContextBandit": Contexts,
    "ConvexProblem": Losses,
    "DelayedBandit": Delayed,
    "DriftingBandit": Changing,
    "DuelingBandit": Duels,
    "DynamicalBandit": Moving,
    "GoldDraws": Draws,
    "GoldProxy": Replies,
    "GoldShift": Shifts,
    "LastSwitchBandit": Rested,
    "OnlineLosses": Losses,
    "PiecewiseBandit": Changing,
    "PriorBandit": Arms,
    "RecommenderBandit": Contexts,
    "RegressionStream": Predictions,
    "ResponseBandit": Replies,
    "SlatePage": Pages,
    "StochasticBandit": Arms,
    "SwingingBandit": Changing,
    "TallyBandit": Warmed,
}


def wording_of(bandit: Any) -> type[Wording]:
    """The wording of a bandit.

    Raises:
        BadOption: for a bandit that nothing speaks for.
    """
    for kind in type(bandit).__mro__:
        found = WORDINGS.get(kind.__name__)
        if found is not None:
            return Ball if found is Moving and bandit.points is None else found
    raise BadOption(f"{type(bandit).__name__} in words", where="BanditText", expected=f"one of {', '.join(WORDINGS)}")


def bandit_of(of: str, fields: Mapping[str, Any] | None) -> Rules:
    """The bandit of an id, with or without "rewardlab/", or of the name of a class, with some parameters of its own.

    Raises:
        BadOption: for what is no bandit that something speaks for, and as the bandit.
    """
    ids: dict[str, Any] = {name.removeprefix("rewardlab/"): table for name, table in IDS.items()}
    ids = {name: table for name, table in ids.items() if _class(table) in WORDINGS}
    classes = {_class(table): {"rules": table["rules"]} for table in ids.values()}
    known = {**ids, **classes}
    table = known.get(str(of).removeprefix("rewardlab/"))
    if table is None:
        raise BadOption(
            f"of={of!r}",
            where="BanditText",
            expected="an id or a class of bandits in numbers",
            mend=nearest(str(of), known),
        )
    if fields is not None and not isinstance(fields, Mapping):
        raise BadOption(f"fields={fields!r}", where="BanditText", expected="parameters of the bandit by name")
    return build(table["rules"], {**table.get("kwargs", {}), **(fields or {})})


def _class(table: Mapping[str, Any]) -> str:
    return str(table["rules"]).rpartition(":")[2]
