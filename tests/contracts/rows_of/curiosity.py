"""Rows of the laws: intrinsic rewards by learned models."""

import functools

from contracts.row import Row, steps
from gymnasium import spaces

from rewardlab.rewards import E3B, ICM, RE3, RIDE, Disagreement

SPACES = {"space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}
SMALL = {**SPACES, "hidden": (16,), "features": 8}


def coarse(obs):
    """Three features of an observation."""
    return obs / 3.0


ROWS = {
    "Disagreement": (Row(functools.partial(Disagreement, **SMALL), steps, digits=1e-5),),
    "E3B": (
        Row(functools.partial(E3B, **SMALL), steps, digits=1e-5),
        Row(functools.partial(E3B, phi=coarse, features=3, ridge=0.5), digits=1e-9),
    ),
    "ICM": (Row(functools.partial(ICM, **SMALL), steps, digits=1e-5),),
    "RE3": (Row(functools.partial(RE3, space=SPACES["space"], hidden=(16,), features=8), steps, digits=1e-5),),
    "RIDE": (Row(functools.partial(RIDE, **SMALL, longest=16), steps, digits=1e-5),),
}
