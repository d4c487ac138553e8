"""Rewards that ask for no particular column, in worlds of every family: what a vector pays, single rows pay too.

Teaching is switched off while paying is compared, and on while a run goes through all borders of episodes.
"""

import functools

import gymnasium as gym
import numpy as np
import pytest
from contracts.chosen import has_turn, kept

import rewardlab  # noqa: F401
from rewardlab.core.reward import Task, add
from rewardlab.rewards import (
    E3B,
    ICM,
    NGU,
    RE3,
    RIDE,
    RND,
    Clip,
    ClipBand,
    CountBonus,
    Disagreement,
    EpisodicCount,
    HashedCount,
    Normalise,
    NovelD,
    Paid,
    PaidVector,
    SymmetricLog,
    TimePenalty,
)

WORLDS = {
    "rewardlab/DeepSea-v0": 60,
    "rewardlab/MiniGrid-DoorKey-5x5-v0": 90,
    "rewardlab/Camper-v0": 120,
    "rewardlab/SparseReacher-v0": 60,
    "rewardlab/BernoulliBandit-v0": 110,
    "rewardlab/GoldProxy-Hack-v0": 20,
    "rewardlab/GuessNumber-v0": 40,
}
SMALL = {"hidden": (8,), "features": 4}
N, NEVER = 3, 10**9


def rewards(space, actions):
    """Name -> a new reward for these spaces; each pays beside the task."""
    both = {"space": space, "action_space": actions, **SMALL}
    return {
        "clip": lambda: Task().then(Clip(-0.5, 0.5)),
        "band": lambda: Task().then(ClipBand()),
        "normalise": lambda: Task().then(Normalise()),
        "log": lambda: Task().then(SymmetricLog()),
        "time": lambda: Task() + TimePenalty(0.01),
        "count": lambda: Task() + 0.1 * CountBonus(),
        "episodic": lambda: Task() + 0.1 * EpisodicCount(),
        "hashed": lambda: Task() + 0.1 * HashedCount(space=space),
        "NovelD": lambda: Task() + 0.1 * NovelD(CountBonus()),
        "RND": lambda: Task() + (0.1 * RND(space=space, **SMALL)).annealed(100),
        "NGU": lambda: Task() + 0.1 * NGU(space=space),
        "RE3": lambda: Task() + 0.1 * RE3(space=space, **SMALL),
        "ICM": functools.partial(_with, ICM, both),
        "disagreement": functools.partial(_with, Disagreement, both),
        "RIDE": functools.partial(_with, RIDE, both),
        "E3B": functools.partial(_with, E3B, both),
    }


def _with(kind, options):
    return Task() + 0.1 * kind(**options)


NAMES = [*rewards(None, None)]


@pytest.mark.parametrize(
    ("world", "name"),
    kept(  # a short run plays two of the worlds with each
        [
            pytest.param(w, n, marks=() if has_turn(k // 2, -(-len(WORLDS) // 2), n) else pytest.mark.slow)
            for n in NAMES
            for k, w in enumerate(WORLDS)
        ]
    ),
)
def test_single_rows_pay_what_the_vector_pays(world, name):
    plain = gym.make_vec(world, num_envs=N)
    make = rewards(plain.single_observation_space, plain.single_action_space)[name]
    plain.single_action_space.seed(3)
    actions = [np.stack([plain.single_action_space.sample() for _ in range(N)]) for _ in range(WORLDS[world])]
    learner = PaidVector(plain, make(), update_every=4)  # first a run that learns, through the ends of episodes
    learner.reset(seed=5)
    for action in actions:
        _, pay, _, _, info = learner.step(action)
        assert np.isfinite(pay).all()
        np.testing.assert_allclose(add(info["reward_parts"]), pay, rtol=1e-6, atol=1e-9)
    learned = learner.reward.state_dict()
    learner.close()

    together = PaidVector(gym.make_vec(world, num_envs=N), make(), update_every=NEVER)
    together.reset(seed=5)
    together.reward.load_state_dict(learned)
    together.reward.reset(np.ones(N, dtype=bool))
    pays = np.stack([together.step(action)[1] for action in actions])
    together.close()
    env = Paid(gym.make(world), make(), update_every=NEVER)
    env.reset(seed=5 + 1)
    env.reward.reset(np.ones(1, dtype=bool))
    state = {**learned}
    env.reward.load_state_dict(state)
    env.reward.reset(np.ones(1, dtype=bool))
    for t, action in enumerate(actions):
        _, own, terminated, truncated, _ = env.step(action[1])
        assert own == pytest.approx(pays[t, 1], rel=2e-4, abs=1e-6), t
        if terminated or truncated:
            env.reset()
    env.close()
