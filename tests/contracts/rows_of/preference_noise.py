"""Rows of the laws: models that look twice at their labels, and models that go with the policy."""

import functools
from dataclasses import replace

from contracts.row import Row, comparisons, sample
from gymnasium import spaces

from rewardlab.rewards import CRM, ContrastiveReward, Cooper, IXCReward, MetaRM, SimpleDC, VerifyRM

SPACES = {"observation_space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}


def lessons():
    """Judged pairs."""
    return [comparisons(12, 5)]


def row(cls, **options) -> tuple[Row, ...]:
    """One row of a model of comparisons."""
    return (Row(functools.partial(cls, **SPACES, **options), lessons, digits=1e-5),)


def accepts(answers):
    """A rule: right is what lies to the right."""
    return answers.obs[..., 0].sum(-1) > 0


def corrupted(answers, rng):
    """The same on the other side."""
    return replace(answers, obs=-answers.obs)


def checked():
    """Items that were checked one by one."""
    pairs = comparisons(12, 5)
    return [pairs.paying(pairs.reward, correct=(pairs.obs[..., 0].sum(-1) > 0) * 1.0)]


def rollouts():
    """Steps, as drivers hand them on."""
    return [sample(8, seed=0), sample(12, seed=9)]


TEXTS = {"observation_space": SPACES["observation_space"]}

ROWS = {
    "CRM": row(CRM),
    "ContrastiveReward": row(ContrastiveReward),
    "Cooper": (Row(functools.partial(Cooper, rule=accepts, corrupt=corrupted, **SPACES), rollouts, digits=1e-5),),
    "IXCReward": row(IXCReward),
    "MetaRM": row(MetaRM),
    "SimpleDC": (Row(functools.partial(SimpleDC, **TEXTS), lessons, digits=1e-5),),
    "VerifyRM": (Row(functools.partial(VerifyRM, **SPACES), checked, digits=1e-5),),
}
