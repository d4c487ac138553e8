"""Rows of the laws: the algebra, and the rewards with which the families began."""

import functools

import numpy as np
from contracts.row import Row, comparisons, height, sample, steps
from gymnasium import spaces

from rewardlab.core.reward import Task
from rewardlab.rewards import (
    RND,
    BradleyTerry,
    Clip,
    CountBonus,
    GatedAccumulation,
    Milestones,
    Normalise,
    Potential,
    Progress,
    Remembering,
)
from rewardlab.rewards.preference.networks import Recurrent

BOX = spaces.Box(-50, 50, (3,))
LEVELS = (Task(), Milestones({"stage": 0.5}), Potential(height))

ROWS = {
    "Annealed": (
        Row(lambda: Potential(height).annealed(100), steps),
        Row(lambda: (Task() + 0.5 * CountBonus()).annealed(30, 0.5, 0.1), steps),
    ),
    "BradleyTerry": (
        Row(
            functools.partial(BradleyTerry, observation_space=BOX, action_space=spaces.Discrete(4)),
            lambda: [comparisons(12, 5)],
            digits=1e-5,
        ),
        Row(
            lambda: BradleyTerry(trunk=Recurrent(4), observation_space=BOX, action_space=spaces.Discrete(4)),
            lambda: [comparisons(12, 5)],
            digits=1e-5,
        ),
    ),
    "Chain": (
        Row(lambda: Potential(height).then(Clip(-0.5, 0.5))),
        Row(lambda: Milestones({"stage": 1.0}).then(Clip())),
        Row(lambda: Potential(height).then(Normalise()), steps, digits=1e-12),
    ),
    "Clip": (Row(Clip), Row(lambda: Clip(-0.1, 0.2))),
    "CountBonus": (
        Row(CountBonus, steps),
        Row(functools.partial(CountBonus, beta=0.5, key=np.sign), lambda: [sample(50)]),
    ),
    "GatedAccumulation": (
        Row(lambda: GatedAccumulation((Task(), Milestones({"stage": 0.5}))), in_place=False),
        Row(lambda: GatedAccumulation(LEVELS, (-2.0, 0.5)), in_place=False),
    ),
    "Milestones": (Row(lambda: Milestones({"stage": 0.3, "success": 2.0})),),
    "Normalise": (Row(Normalise, steps, digits=1e-12), Row(lambda: Normalise(clip=0.5))),
    "Potential": (Row(lambda: Potential(height)), Row(lambda: Potential(height, gamma=1.0))),
    "Progress": (Row(lambda: Progress("distance")), Row(lambda: Progress("stage", sign=0.5, start=0.25), digits=1e-6)),
    "RND": (Row(lambda: RND(space=spaces.Box(-50, 50, (3,))), steps, digits=1e-5),),
    "Remembering": (Row(lambda: Remembering(reward=CountBonus(), capacity=40), steps),),
    "Scale": (Row(lambda: -0.3 * Potential(height)), Row(lambda: 2.0 * (Task() + Clip()))),
    "Sum": (
        Row(lambda: Task() + 0.5 * Potential(height) - Clip()),
        Row(lambda: Task() + 0.1 * CountBonus() + Milestones({"stage": 1.0}), steps),
    ),
    "Task": (Row(Task),),
}
