"""MuJoCo tasks as models: the same observations as Gymnasium's environments, step by step.

Reacher reads its fingertip where it was computed within the last step, some 1e-6 m away from its joint angles.
"""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.agents.loops.physics import physics_of
from rewardlab.agents.loops.simulated import model_of
from rewardlab.core.errors import BadSpace


@pytest.mark.parametrize(
    ("name", "away"), [("Reacher-v5", 1e-5), ("Hopper-v5", 1e-6), ("Walker2d-v5", 1e-6), ("HalfCheetah-v5", 1e-6)]
)
def test_a_model_goes_where_the_environment_goes(name, away):
    env = gym.make(name)
    model = model_of(env)
    obs, _ = env.reset(seed=0)
    state, rng = model.state(obs[None]), np.random.default_rng(0)
    np.testing.assert_allclose(model.look(state)[0], obs, atol=1e-9)
    start = {"physics": np.repeat(state["physics"], 3, axis=0)}
    for t in range(6):
        action = rng.uniform(-1, 1, env.action_space.shape).astype(np.float32)
        obs, *_ = env.step(action)
        state = model.step(state, action[None]).state
        np.testing.assert_allclose(model.look(state)[0], obs, atol=away)
        if t == 0:  # rows do not mix
            others = np.stack([-action, action, 0 * action])
            np.testing.assert_array_equal(model.step(start, others).state["physics"][1], state["physics"][0])
    assert model.dt == pytest.approx(env.unwrapped.dt)


def test_threads_change_nothing():
    env = gym.make("Hopper-v5").unwrapped
    one, two = physics_of(env), physics_of(env, threads=2)
    obs = np.random.default_rng(0).normal(size=(8, 11)) * 0.1 + np.array([1.25, *[0.0] * 10])
    action = np.random.default_rng(1).uniform(-1, 1, (8, 3))
    np.testing.assert_array_equal(*[m.step(m.state(obs), action).state["physics"] for m in (one, two)])


def test_a_walker_that_shows_its_place_is_refused():
    with pytest.raises(BadSpace, match="observations"):
        physics_of(gym.make("Hopper-v5", exclude_current_positions_from_observation=False).unwrapped)
