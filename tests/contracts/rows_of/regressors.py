"""Rows of the laws: scores of aspects, and the predictability of team mates."""

import functools

import numpy as np
from contracts.row import Row, sample, steps
from gymnasium import spaces

from rewardlab.rewards import AspectScores, Predictability

SPACES = {"space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}


def rated():
    """Steps with ratings of two aspects, some of them missing."""
    batch = sample(40, seed=3)
    ratings = np.stack([batch.obs[:, 0] > 0, batch.action > 1], axis=1).astype(float)
    ratings[::5, 0] = np.nan
    return [batch.paying(batch.reward, ratings=ratings)]


ROWS = {
    "AspectScores": (
        Row(functools.partial(AspectScores, weights=(0.7, 0.3), hidden=(8,), **SPACES), rated, digits=1e-5),
    ),
    "Predictability": (Row(functools.partial(Predictability, actions=(4,), hidden=(8,)), steps, digits=1e-5),),
}
