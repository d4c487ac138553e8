"""Rows of the laws: rewards of people who differ, and rewards that a person can read."""

import functools

import numpy as np
from contracts.row import Row, comparisons, sample
from gymnasium import spaces

from rewardlab.core.batch import Transitions
from rewardlab.rewards import PALA, PALB, VPL, BradleyTerry, ForPerson, WinChance

SPACES = {"observation_space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}


def told() -> list[Transitions]:
    """Pairs judged by three people, of whom one likes the opposite."""
    pairs = comparisons(12, 5)
    who = np.arange(12) % 3
    label = np.where(who == 2, 1 - pairs.info["label"], pairs.info["label"])
    return [pairs.paying(pairs.reward, label=label, annotator=who)]


def fitted(model):
    """A model that has learned."""
    model.fit(told()[0], epochs=2)
    return model


def vpl(**options) -> VPL:
    """A small one."""
    return VPL(z_dim=2, hidden=(16,), lr=1e-2, **SPACES, **options)


ROWS = {
    "ForPerson": (Row(lambda: ForPerson(fitted(vpl()), np.ones(2)), digits=1e-5),),
    "PALA": (Row(functools.partial(PALA, annotators=3, hidden=(16,), lr=1e-2, **SPACES), told, digits=1e-5),),
    "PALB": (Row(functools.partial(PALB, annotators=3, hidden=(16,), lr=1e-2, **SPACES), told, digits=1e-5),),
    "VPL": (Row(vpl, told, digits=1e-5),),
    "WinChance": (
        Row(lambda: WinChance(fitted(BradleyTerry(**SPACES)), sample(9, seed=4)), digits=1e-5),
        Row(lambda: WinChance(fitted(vpl()).for_annotator(2), sample(9, seed=4)), digits=1e-5),
    ),
}
