"""Batches of steps for tests."""

import dataclasses

import numpy as np

from rewardlab.core.arrays import Array, array, tensor
from rewardlab.core.batch import Transitions


def steps(shape, *, obs=None, next_obs=None, action=None, reward=None, terminated=None, truncated=None, **info):
    """Transitions with the leading axes `shape`: what is not given is 0, or no end."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    obs = np.zeros(shape) if obs is None else obs
    return Transitions(
        obs=obs,
        action=np.zeros(shape, dtype=np.int64) if action is None else action,
        reward=np.zeros(shape) if reward is None else np.asarray(reward, dtype=np.float64),
        next_obs=obs if next_obs is None else next_obs,
        terminated=np.zeros(shape, dtype=bool) if terminated is None else np.asarray(terminated, dtype=bool),
        truncated=np.zeros(shape, dtype=bool) if truncated is None else np.asarray(truncated, dtype=bool),
        info={k: np.asarray(v) for k, v in info.items()},
    )


def random_steps(shape, rng, *, features=4, end=0.2):
    """Transitions with normal observations and rewards, three actions and random ends; info columns flag and stage."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    ends = rng.random(shape)
    return steps(
        shape,
        obs=rng.normal(size=(*shape, features)),
        next_obs=rng.normal(size=(*shape, features)),
        action=rng.integers(0, 3, shape),
        reward=rng.normal(size=shape),
        terminated=ends < end / 2,
        truncated=(ends >= end / 2) & (ends < end),
        flag=rng.random(shape) < 0.5,
        stage=rng.integers(0, 4, shape),
    )


def as_torch(batch: Transitions) -> Transitions:
    """The same steps as torch tensors of the same types."""
    return batch.map(lambda x: tensor(np.array(x)))


def online(reward, batch: Transitions) -> dict[str, Array]:
    """Parts [T, N] as `reward` pays recorded steps one by one, reset where episodes begin."""
    begun, paid = np.ones(batch.shape[1], dtype=bool), []
    for t in range(len(batch)):
        reward.reset(begun)
        paid.append({k: np.array(array(v)) for k, v in reward.parts(batch.rows(t)).items()})
        begun = array(batch.done[t])
    return {k: np.stack([p[k] for p in paid]) for k in paid[0]}


def without(batch: Transitions, **columns) -> Transitions:
    """The same steps with some fields replaced."""
    return dataclasses.replace(batch, **columns)
