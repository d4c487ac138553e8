import pickle
import warnings

import gymnasium as gym
import mujoco
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.core.testing import check_env, check_vector_env
from rewardlab.envs.mujoco.sparse_reacher import MODEL, SparseReacher

ID = "rewardlab/SparseReacher-v0"


def begun(n, rules=None, seed=0):
    rng = Streams(range(seed, seed + n))
    rng.begin(np.ones(n, dtype=bool))
    return (rules or SparseReacher()).start(n, rng)


def equation_of_motion(q, v, torque):
    """One 25 ms step of the two-link manipulator in closed form: (M + h D) dv = h (torque - D v - c), q += h v."""
    model = mujoco.MjModel.from_xml_string(MODEL)
    mass, inertia = model.body_mass[1], model.body_inertia[1].max()  # about the middle of a link, across it
    link, half, damping, armature, h = 0.5, 0.25, 1.0, 0.1, 0.025
    c2, s2 = np.cos(q[1]), np.sin(q[1])
    m22 = inertia + mass * half**2
    m12 = m22 + mass * link * half * c2
    m11 = inertia + mass * half**2 + m22 + mass * (link**2 + 2 * link * half * c2)
    M = np.array([[m11 + armature, m12], [m12, m22 + armature]])
    k = mass * link * half * s2
    c = np.array([-k * (2 * v[0] * v[1] + v[1] ** 2), k * v[0] ** 2])
    v = v + np.linalg.solve(M + h * damping * np.eye(2), h * (torque - damping * v - c))
    return q + h * v, v


def test_two_links_move_as_their_equation_says():
    rules, rng = SparseReacher(), np.random.default_rng(0)
    state = begun(4)
    q, v = state["physics"][:, 1:3].copy(), state["physics"][:, 3:5].copy()
    for _ in range(20):
        action = rng.uniform(-1, 1, (4, 2)).astype(np.float32)
        state, *_ = rules.move(state, action, Streams([0]))
        for i in range(4):
            for _ in range(2):
                q[i], v[i] = equation_of_motion(q[i], v[i], 4.0 * action[i].astype(float))
    assert np.abs(v).max() > 0.5
    np.testing.assert_allclose(state["physics"][:, 1:5], np.concatenate([q, v], axis=1), atol=1e-9)
    np.testing.assert_allclose(state["physics"][:, 0], 1.0)  # s: 20 steps of 50 ms


def test_the_fingertip_is_where_mujoco_puts_it():
    model = mujoco.MjModel.from_xml_string(MODEL)
    data = mujoco.MjData(model)
    state = begun(5)
    columns = SparseReacher().inform(state)
    for i in range(5):
        data.qpos[:] = state["physics"][i, 1:3]
        mujoco.mj_kinematics(model, data)
        tip = data.xpos[2] + data.xmat[2].reshape(3, 3) @ (0.5, 0, 0)
        np.testing.assert_allclose(columns["fingertip"][i], tip[:2], atol=1e-12)
        assert tip[2] == 0.0
    gap = columns["fingertip"] - columns["target"]
    np.testing.assert_allclose(columns["distance"], np.linalg.norm(gap, axis=1))
    obs = SparseReacher().look(state)
    np.testing.assert_allclose(obs[:, 8:10], gap, atol=1e-6)
    np.testing.assert_allclose(obs[:, 6:8], columns["target"], atol=1e-6)
    np.testing.assert_allclose(np.arctan2(obs[:, 2:4], obs[:, 0:2]), state["physics"][:, 1:3], atol=1e-6)


def test_targets_are_uniform_in_their_ring_and_within_reach():
    columns = SparseReacher().inform(begun(20_000))
    distance = columns["distance"]
    assert distance.min() >= 0.15
    assert distance.max() <= 0.4
    share = (distance**2 - 0.15**2) / (0.4**2 - 0.15**2)  # uniform if the target is uniform in area
    assert np.abs(np.sort(share) - np.linspace(0, 1, 20_000)).max() < 1.95 / np.sqrt(20_000)  # Kolmogorov, 0.1 %
    reach = np.linalg.norm(columns["target"], axis=1)
    assert reach.min() > 0.04
    assert reach.max() < 0.96


def test_only_arrival_is_paid_and_it_ends_the_episode():
    rules, state = SparseReacher(radius=0.1), begun(1)
    for gap, paid in ((0.099, 1.0), (0.101, 0.0)):
        near = {**state, "target": rules.inform(state)["fingertip"] + [[gap, 0.0]]}
        _, reward, ended, info = rules.move(near, np.zeros((1, 2)), Streams([0]))  # at rest, so it stays there
        assert (reward[0], ended[0], info["success"][0]) == (paid, bool(paid), bool(paid))


def controller(info, obs):
    """Turns both joints so that the fingertip goes straight to the target: damped least squares on the Jacobian."""
    angle = np.arctan2(obs[:, 2:4], obs[:, 0:2])
    a, b = angle[:, 0], angle.sum(axis=1)
    J = 0.5 * np.stack([[-np.sin(a) - np.sin(b), -np.sin(b)], [np.cos(a) + np.cos(b), np.cos(b)]]).transpose(2, 0, 1)
    gap = info["target"] - info["fingertip"]
    turn = np.linalg.solve(J.transpose(0, 2, 1) @ J + 0.01 * np.eye(2), J.transpose(0, 2, 1) @ gap[..., None])[..., 0]
    return np.clip(2.0 * turn, -1, 1).astype(np.float32)


@pytest.mark.parametrize("radius", [0.05, 0.01])
def test_a_controller_earns_the_optimal_return(radius):
    envs = gym.make_vec(ID, num_envs=500, autoreset_mode="NextStep", radius=radius)
    obs, info = envs.reset(seed=0)
    arrived = np.zeros(500, dtype=bool)
    for _ in range(50):
        obs, reward, *_, info = envs.step(controller(info, obs))
        arrived |= reward == 1.0
    assert arrived.mean() == envs.describe().optimal_return == 1.0


def test_random_play_earns_the_random_return():
    n, rng = 4000, np.random.default_rng(0)
    envs = gym.make_vec(ID, num_envs=n)
    envs.reset(seed=0)
    paid, running = np.zeros(n), np.ones(n, dtype=bool)
    for _ in range(50):
        _, reward, ended, cut, _ = envs.step(rng.uniform(-1, 1, (n, 2)).astype(np.float32))
        paid += reward * running
        running &= ~(ended | cut)
    assert not running.any()
    assert abs(paid.mean() - envs.describe().random_return) < 4 * np.sqrt(0.1 * 0.9 / n)
    assert SparseReacher(radius=0.1).card().random_return is None


def test_rows_are_moved_each_for_itself_and_nothing_is_overwritten():
    rules, state = SparseReacher(), begun(6)
    action = np.random.default_rng(0).uniform(-1, 1, (6, 2)).astype(np.float32)
    before = {k: v.copy() for k, v in state.items()}
    after, *_ = rules.move(state, action, Streams([0]))
    for k, v in before.items():
        np.testing.assert_array_equal(state[k], v)
    for i in range(6):
        alone, *_ = SparseReacher().move({k: v[i : i + 1] for k, v in state.items()}, action[i : i + 1], Streams([0]))
        np.testing.assert_array_equal(alone["physics"][0], after["physics"][i])


def test_states_and_pickles_continue_to_the_bit():
    env, rng = gym.make(ID).unwrapped, np.random.default_rng(0)
    env.reset(seed=1)
    for _ in range(10):
        env.step(rng.uniform(-1, 1, 2).astype(np.float32))
    saved, twin = env.get_state(), pickle.loads(pickle.dumps(env))
    actions = [np.float32([0.3, -0.6]) * np.sin(t) for t in range(50)]

    def play(e):
        return [(obs.tolist(), *rest) for obs, *rest, _ in (e.step(a) for a in actions)]

    first = play(env)
    assert not any(step[2] for step in first)  # the comparison is of a running episode
    env.set_state(saved)
    assert play(env) == first
    assert play(twin) == first


def test_the_drawing_shows_arm_and_target():
    env = gym.make(ID, render_mode="rgb_array")
    _, info = env.reset(seed=0)
    frame = env.render()
    assert frame.shape == (400, 400, 3)

    def pixel(x, y):
        return tuple(frame[int((1.1 - y) / 2.2 * 400), int((x + 1.1) / 2.2 * 400)])

    assert pixel(*info["target"]) == (210, 60, 50)
    assert pixel(*info["fingertip"]) == (40, 46, 58)
    assert pixel(0.0, 0.0) == (70, 90, 130)
    assert pixel(-0.9, -0.9) == (247, 247, 243)
    red = (frame == (210, 60, 50)).all(-1).sum() * (2.2 / 400) ** 2
    assert red == pytest.approx(np.pi * 0.05**2, rel=0.25)  # m^2
    text = gym.make(ID, render_mode="ansi")
    text.reset(seed=0)
    assert f"{info['distance']:.3f} m apart" in text.render()


def test_the_checkers_find_nothing():
    from stable_baselines3.common.env_checker import check_env as sb3_check

    assert check_env(ID, processes=False, steps=150)
    assert check_vector_env(ID)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sb3_check(gym.make(ID))


@pytest.mark.parametrize("radius", [0.0, 0.15, -1.0, float("nan")])
def test_impossible_radii_are_refused(radius):
    with pytest.raises(BadOption, match="radius"):
        SparseReacher(radius=radius)
