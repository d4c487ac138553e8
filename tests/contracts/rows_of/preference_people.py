"""Rows of the laws: rewards of people who differ, and rewards that a person can read."""

import functools

import numpy as np
from contracts.row import Row, comparisons, sample
from gymnasium import spaces

from rewardlab.core.batch import Transitions
from rewardlab.rewards import (
    PALA,
    PALB,
    VPL,
    ArmoRM,
    BradleyTerry,
    Feature,
    FeatureReward,
    ForPerson,
    ReactionReward,
    WinChance,
)

SPACES = {"observation_space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}


def told() -> list[Transitions]:
    """Pairs judged by three people, of whom one likes the opposite."""
    pairs = comparisons(12, 5)
    who = np.arange(12) % 3
    label = np.where(who == 2, 1 - pairs.info["label"], pairs.info["label"])
    return [pairs.paying(pairs.reward, label=label, annotator=who)]


def responses() -> list[Transitions]:
    """Single steps with ratings, labels and reactions, in pairs and alone."""
    pairs = comparisons(12, 1)
    ratings = np.stack([pairs.obs[..., 0, 0], pairs.obs[..., 0, 1] ** 2], -1)
    ratings[::3, :, 1] = np.nan
    return [pairs.paying(pairs.reward, ratings=ratings)]


def reactions() -> list[Transitions]:
    """Turns with a reaction."""
    single = comparisons(12, 1).map(lambda x: x[:, :1] if x.ndim > 1 else x)
    return [single.paying(single.reward, reaction=(single.obs[:, 0, 0, 0] > 0) * 1)]


def first(batch):
    """A feature."""
    return batch.obs[..., 0]


def second(batch):
    """Another."""
    return batch.obs[..., 1] - batch.obs[..., 2]


FEATURES = (Feature("first", first, -9, 9), Feature("second", second, -9, 9))


def fitted(model):
    """A model that has learned."""
    model.fit(told()[0], epochs=2)
    return model


def vpl(**options) -> VPL:
    """A small one."""
    return VPL(z_dim=2, hidden=(16,), lr=1e-2, **SPACES, **options)


ROWS = {
    "ArmoRM": (
        Row(functools.partial(ArmoRM, objectives=("far", "long"), **SPACES), responses, digits=1e-5),
        Row(
            functools.partial(ArmoRM, objectives=("far", "long"), verbosity="long", hidden=(8,), **SPACES),
            responses,
            digits=1e-5,
        ),
    ),
    "FeatureReward": (Row(functools.partial(FeatureReward, features=FEATURES), told, digits=1e-5),),
    "ForPerson": (Row(lambda: ForPerson(fitted(vpl()), np.ones(2)), digits=1e-5),),
    "PALA": (Row(functools.partial(PALA, annotators=3, hidden=(16,), lr=1e-2, **SPACES), told, digits=1e-5),),
    "PALB": (Row(functools.partial(PALB, annotators=3, hidden=(16,), lr=1e-2, **SPACES), told, digits=1e-5),),
    "ReactionReward": (Row(functools.partial(ReactionReward, keep=0.9, **SPACES), reactions, digits=1e-5),),
    "VPL": (Row(vpl, told, digits=1e-5),),
    "WinChance": (
        Row(lambda: WinChance(fitted(BradleyTerry(**SPACES)), sample(9, seed=4)), digits=1e-5),
        Row(lambda: WinChance(fitted(vpl()).for_annotator(2), sample(9, seed=4)), digits=1e-5),
    ),
}
