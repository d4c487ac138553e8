"""What bodies measure, beside MuJoCo's own bodies and geoms."""

import gymnasium as gym
import numpy as np
import pytest
import torch

import rewardlab  # noqa: F401
from rewardlab.rewards.language.bodies import HOPPER, PUSHER, REACHER, WALKER

FEET = {
    "Hopper-v5": {"foot foot": "foot_geom"},
    "Walker2d-v5": {"foot right": "foot_geom", "foot left": "foot_left_geom"},
}


def lowest(model, data, name):
    """m, of a capsule that lies in the plane."""
    g = model.geom(name)
    axis = data.geom(name).xmat.reshape(3, 3)[:, 2]
    return data.geom(name).xpos[2] - abs(axis[2]) * g.size[1] - g.size[0]


@pytest.mark.parametrize(("name", "body"), [("Hopper-v5", HOPPER), ("Walker2d-v5", WALKER)])
def test_torsos_and_feet_are_where_mujoco_has_them(name, body):
    env, rng = gym.make(name).unwrapped, np.random.default_rng(0)
    env.reset(seed=0)
    for _ in range(20):
        angles = rng.uniform(-0.8, 0.8, env.model.nq - 2)
        env.set_state(np.concatenate([[0.3, rng.uniform(0.8, 1.6)], angles]), rng.normal(size=env.model.nv))
        seen = body.measure(env._get_obs())
        data = env.data
        assert seen["height"] == pytest.approx(data.body("torso").xpos[2], abs=1e-9)
        up = data.body("torso").xmat.reshape(3, 3)[:, 2]
        assert seen["pitch"] == pytest.approx(np.arctan2(up[0], up[2]), abs=1e-9)  # forward is positive
        for key, geom in FEET[name].items():
            assert seen[key] == pytest.approx(lowest(env.model, data, geom), abs=1e-9)
        assert {f"joint {j}" for j in body.joints} | {f"foot {f}" for f in body.feet} <= set(seen)


def test_an_arm_and_a_table():
    env = gym.make("Reacher-v5").unwrapped
    obs, _ = env.reset(seed=4)
    seen = REACHER.measure(obs)
    for point, body in (("fingertip", "fingertip"), ("target", "target"), ("elbow", "body1"), ("base", "body0")):
        np.testing.assert_allclose(seen[f"point {point}"], env.data.body(body).xpos[:2], atol=1e-9)
    np.testing.assert_allclose([seen["joint shoulder"], seen["joint elbow"]], env.data.qpos[:2], atol=1e-9)
    env = gym.make("rewardlab/BallPush-v0")
    obs, info = env.reset(seed=0)
    seen = PUSHER.measure(obs.astype(float))
    for name in ("disc", "ball", "target"):
        np.testing.assert_allclose(seen[f"point {name}"], info[name], atol=1e-6)


@pytest.mark.parametrize("body", [HOPPER, WALKER, REACHER, PUSHER])
def test_tensors_are_measured_like_arrays_in_any_leading_axes(body):
    obs = np.random.default_rng(0).uniform(-1, 1, (3, 4, 17))
    flat, lead, tensors = body.measure(obs.reshape(12, 17)), body.measure(obs), body.measure(torch.as_tensor(obs))
    for key, value in flat.items():
        np.testing.assert_array_equal(lead[key].reshape(value.shape), value)
        np.testing.assert_allclose(tensors[key].numpy(), lead[key], atol=1e-12)
