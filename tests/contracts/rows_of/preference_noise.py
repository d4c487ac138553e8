"""Rows of the laws: models that look twice at their labels, and models that go with the policy."""

import functools

from contracts.row import Row, comparisons
from gymnasium import spaces

from rewardlab.rewards import CRM, ContrastiveReward, MetaRM

SPACES = {"observation_space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}


def lessons():
    """Judged pairs."""
    return [comparisons(12, 5)]


def row(cls, **options) -> tuple[Row, ...]:
    """One row of a model of comparisons."""
    return (Row(functools.partial(cls, **SPACES, **options), lessons, digits=1e-5),)


ROWS = {
    "CRM": row(CRM),
    "ContrastiveReward": row(ContrastiveReward),
    "MetaRM": row(MetaRM),
}
