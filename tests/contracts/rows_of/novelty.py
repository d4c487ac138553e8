"""Rows of the laws: intrinsic rewards by counts and memory."""

import functools

import numpy as np
from contracts.row import Row, steps
from gymnasium import spaces

from rewardlab.core.algebra import Scale
from rewardlab.core.arrays import namespace
from rewardlab.core.reward import Task
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import (
    NGU,
    RND,
    CountBonus,
    Empowerment,
    EpisodicCount,
    GoExploreCells,
    HashedCount,
    LearningProgress,
    NovelD,
    NoveltySearch,
    PseudoCount,
)

BOX = spaces.Box(-50.0, 50.0, (3,))


def coarse(obs):
    """A view for the laws: the cell of one unit in which the first two numbers lie."""
    return namespace(obs).floor(obs[..., :2])


def quadrant(obs):
    """A state for the laws: 0 .. 3."""
    xp = namespace(obs)
    return xp.astype(obs[..., 0] > 0, xp.int64) * 2 + xp.astype(obs[..., 1] > 0, xp.int64)


def side(batch):
    """A region for the laws."""
    return quadrant(batch.obs)


def ending(batch):
    """A behaviour for the laws."""
    return coarse(batch.next_obs)


def error():
    """An error for the laws, that learns."""
    return RND(space=BOX)


ROWS = {
    "Empowerment": (
        Row(lambda: Empowerment(random_mdp(np.random.default_rng(0), states=4, branching=2), 2, quadrant)),
    ),
    "EpisodicCount": (Row(EpisodicCount), Row(functools.partial(EpisodicCount, 0.5, coarse))),
    "GoExploreCells": (
        Row(functools.partial(GoExploreCells, width=0.5), steps),
        Row(functools.partial(GoExploreCells, 2.0, cell=quadrant), steps),
    ),
    "HashedCount": (
        Row(functools.partial(HashedCount, bits=4, space=BOX), steps),
        Row(functools.partial(HashedCount, bits=6, key=coarse, beta=0.5), steps),
    ),
    "LearningProgress": (
        Row(lambda: LearningProgress(error(), side), steps, digits=1e-5),
        Row(lambda: LearningProgress(Scale(Task(), -1.0), side, window=2), steps),
    ),
    "NGU": (
        Row(lambda: NGU(error(), BOX), steps, digits=1e-5),
        Row(lambda: NGU(embed=coarse, k=2, size=4)),
    ),
    "NovelD": (
        Row(lambda: NovelD(error()), steps, digits=1e-5),
        Row(lambda: NovelD(CountBonus(key=coarse), 0.25, coarse), steps),
    ),
    "NoveltySearch": (
        Row(NoveltySearch, steps),
        Row(functools.partial(NoveltySearch, 3, 0.5, ending, size=6, population=2), steps),
    ),
    "PseudoCount": (Row(lambda: PseudoCount(BOX), steps), Row(lambda: PseudoCount(BOX, 1.0, 40, 0.1), steps)),
}
