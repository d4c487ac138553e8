"""Rows of the laws: preferences with a structure: regrets, networks of comparisons, posteriors and goals."""

import functools

import numpy as np
from contracts.row import Row, comparisons
from gymnasium import spaces

from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards import GoalContrast, InducedNetwork, RandomisedPreference, RegretPreference, SoftValues


def radial(x, y):
    """Prior covariances that fall with distance."""
    return np.exp(-0.5 * ((x[:, None] - y[None]) ** 2).sum(-1))


def quarter(obs):
    """The number of the quarter of the plane, NaN where it is not known."""
    return (obs[..., 0] > 0) * 1 + (obs[..., 1] > 0) * 2 + 0 * obs.sum(-1)


def lessons():
    """Judged pairs."""
    return [comparisons(12, 5)]


def regret_preference():
    """A model over four states and four actions."""
    rng = np.random.default_rng(0)
    phi = rng.normal(size=(4, 4, 3))
    mdp = TabularMDP(rng.dirichlet(np.ones(4), (4, 4)), np.zeros((4, 4)), gamma=0.9)
    return RegretPreference(features=phi, values=SoftValues(mdp, phi, temperature=0.1), state=quarter)


def seen(batch):
    """The observation as features."""
    return batch.obs


SPACES = {"observation_space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}

ROWS = {
    "GoalContrast": (Row(functools.partial(GoalContrast, hidden=16, **SPACES), lessons, digits=1e-5),),
    "InducedNetwork": (Row(functools.partial(InducedNetwork, prior=radial), lessons, digits=1e-12),),
    "RandomisedPreference": (Row(functools.partial(RandomisedPreference, features=seen), lessons, digits=1e-9),),
    "RegretPreference": (Row(regret_preference, lessons, digits=1e-12),),
}
