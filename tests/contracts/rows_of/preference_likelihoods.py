"""Rows of the laws: models of judged segments that differ in what a judgement is, or in how unsure they are."""

import functools

import numpy as np
from contracts.row import Row, comparisons
from gymnasium import spaces

from rewardlab.core.batch import Transitions
from rewardlab.rewards import (
    BaseReward,
    BradleyTerry,
    Davidson,
    LaplaceBradleyTerry,
    MarginBradleyTerry,
    Member,
    OrdinalRatings,
    PlackettLuce,
    RaoKupper,
    RatingRegression,
    ScaledBradleyTerry,
    Thurstone,
    VariationalBradleyTerry,
)

SPACES = {"observation_space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}


def judged() -> list[Transitions]:
    """Pairs with ties, strengths, ratings and ranks."""
    pairs = comparisons(12, 5)
    label = np.where(np.arange(12) % 4 == 0, 0.5, pairs.info["label"])
    better = pairs.info["label"][:, None] == [[1.0, 0.0]]
    columns = {
        "label": label,
        "strength": 1.0 + np.arange(12) % 3,
        "rating": np.where(better, 3, 1),
        "rank": 1 - better,
    }
    return [pairs.paying(pairs.reward, **columns)]


def row(cls, **options) -> tuple[Row, ...]:
    """One row of a model with these options."""
    return (Row(functools.partial(cls, **SPACES, **options), judged, digits=1e-5),)


def fitted() -> BradleyTerry:
    """An ensemble that has learned."""
    model = BradleyTerry(**SPACES)
    model.fit(judged()[0], epochs=1)
    return model


ROWS = {
    "BaseReward": row(BaseReward, zero=0.01),
    "Davidson": row(Davidson),
    "LaplaceBradleyTerry": row(LaplaceBradleyTerry),
    "MarginBradleyTerry": row(MarginBradleyTerry),
    "Member": (Row(lambda: Member(fitted(), 1), digits=1e-5),),
    "OrdinalRatings": row(OrdinalRatings, grades=4),
    "PlackettLuce": row(PlackettLuce),
    "RaoKupper": row(RaoKupper),
    "RatingRegression": row(RatingRegression),
    "ScaledBradleyTerry": row(ScaledBradleyTerry),
    "Thurstone": row(Thurstone),
    "VariationalBradleyTerry": row(VariationalBradleyTerry),
}
