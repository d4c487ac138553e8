"""The oval closes, progress telescopes, one step is the bicycle's, and violations are counted where they are."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.core.testing import check_env, check_vector_env
from rewardlab.envs.control.bicycle_drive import ACCELERATION, STEERING_RATE, WHEELBASE, BicycleDrive

ID = "rewardlab/BicycleDrive-v0"
FREE = Streams([0])


def at(*rows):
    x = np.array(rows, dtype=float)
    return {"x": x, "driven": np.zeros(len(x))}


@pytest.mark.parametrize("rules", [BicycleDrive(), BicycleDrive(straight=7.0, radius=5.0, ease=7.0)])
def test_the_oval_turns_once_and_closes(rules):
    s = np.linspace(0, rules.length, 200_001)
    kappa = rules.curvature(s)
    assert np.trapezoid(kappa, s) == pytest.approx(2 * np.pi, abs=1e-6)
    heading = np.concatenate([[0], np.cumsum(0.5 * (kappa[1:] + kappa[:-1]) * np.diff(s))])
    end = [np.trapezoid(f(heading), s) for f in (np.cos, np.sin)]
    np.testing.assert_allclose(end, 0, atol=1e-6)
    assert kappa.max() == pytest.approx(1 / rules.radius) and kappa.min() < 1e-6
    assert np.abs(np.diff(kappa)).max() < 1.01 / (rules.radius * rules.ease) * (s[1] - s[0])  # it rises linearly
    np.testing.assert_allclose(rules.curvature(s + rules.length), kappa, atol=1e-9)


def test_progress_telescopes_to_laps_and_a_lap_is_the_length():
    envs = gym.make_vec(ID, num_envs=16, v_max=20.0)
    _, info = envs.reset(seed=3)
    total, rng = np.zeros(16), np.random.default_rng(0)
    for _ in range(60):
        _, reward, terminated, truncated, info = envs.step(rng.uniform(-1, 1, (16, 2)).astype(np.float32) * 0.1)
        over = terminated | truncated
        laps = np.where(over, info["final_info"]["laps"], info["laps"]) if over.any() else info["laps"]
        total += reward
        np.testing.assert_allclose(total, laps, atol=1e-12)
        total[over] = 0
    rules, v = BicycleDrive(), 10.0
    state, paid = at([0, 0, 0, v, 0, 0]), 0.0
    for _ in range(int(rules.length / (v * rules.dt))):  # along the middle line: steering holds the curvature
        state["x"][:, 1:3] = 0
        state["x"][:, 5] = np.arctan(WHEELBASE * rules.curvature(state["x"][:, 0]))
        state, reward, over, _ = rules.move(state, np.zeros((1, 2)), FREE)
        paid += float(reward[0])
        assert not over.any() and abs(state["x"][0, 2]) < 1e-12
    assert paid == pytest.approx(1, abs=v * rules.dt / rules.length)


def test_a_step_is_the_bicycle_in_the_plane():
    """On a bend of constant curvature the same car, moved in x and y, is at the same place to second order of dt."""
    rules = BicycleDrive(dt=1e-3)
    middle = rules.straight + 0.5 * np.pi * rules.radius
    state, r = at([middle, 0.7, 0.2, 4.0, 0, 0.1]), rules.radius
    angle, xy = 0.0, np.array([r - 0.7, 0.0])  # around the bend's centre, to the left of the line is nearer
    heading = np.pi / 2 + 0.2
    for _ in range(200):
        state, *_ = rules.move(state, np.array([[0.3, -0.2]]), FREE)
    v, delta = 4.0, 0.1
    for _ in range(200):
        xy = xy + 1e-3 * v * np.array([np.cos(heading), np.sin(heading)])
        heading += 1e-3 * v * np.tan(delta) / WHEELBASE
        v, delta = v + 1e-3 * 0.3 * ACCELERATION, delta - 1e-3 * 0.2 * STEERING_RATE
    s, n, alpha, speed, _, steer = state["x"][0]
    angle = np.arctan2(xy[1], xy[0])
    assert s - middle == pytest.approx(r * angle, abs=2e-3) and n == pytest.approx(r - np.hypot(*xy), abs=2e-3)
    assert alpha == pytest.approx((heading - np.pi / 2 - angle + np.pi) % (2 * np.pi) - np.pi, abs=2e-3)
    assert speed == pytest.approx(v) and steer == pytest.approx(delta)


def test_violations_are_counted_where_they_are():
    rules = BicycleDrive()
    bend = rules.straight + 0.5 * np.pi * rules.radius
    rows = at(
        [5, 0, 0, 5, 0, 0],  # none
        [5, 1.49, 0.5, 5, 0, 0],  # leaves to the left
        [5, 0, 0, 12.1, 0, 0],
        [5, 0, 0, -3.1, 0, 0],
        [bend, 0, 0, 9.0, 0, np.arctan(WHEELBASE / 8)],  # 9² / 8 = 10.1
        [bend, 0, 0, 8.9, 0, np.arctan(WHEELBASE / 8)],  # 9.9
    )
    _, _, over, info = rules.move(rows, np.zeros((6, 2)), FREE)
    np.testing.assert_array_equal(info["off_track"], [0, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(over, info["off_track"])
    np.testing.assert_array_equal(info["speeding"], [0, 0, 1, 1, 0, 0])
    np.testing.assert_array_equal(info["sliding"], [0, 0, 0, 0, 1, 0])
    np.testing.assert_array_equal(info["violation"], [0, 1, 1, 1, 1, 0])


def test_what_is_seen_says_the_state():
    rules, rng = BicycleDrive(), Streams(range(7))
    rng.begin(np.ones(7, dtype=bool))
    state = rules.start(7, rng)
    back = rules.recall(rules.look(state))
    np.testing.assert_allclose(back["x"], state["x"], rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(rules.observe(rules.recall(rules.observe(state))), rules.observe(state))
    columns = rules.inform(state)
    np.testing.assert_allclose(columns["left"] + columns["right"], rules.width)


def test_braking_ends_at_a_standstill_without_a_violation():
    """From any speed and place that a car can be at which keeps to its side of the road."""
    rules, draw = BicycleDrive(), np.random.default_rng(0).uniform(-1, 1, (500, 6))
    x = draw * np.array([rules.length, 0.5, 0.05, 12.0, 0.0, 0.02])
    x[:, 0] %= rules.length
    ahead = rules.curvature(x[:, :1] + np.linspace(0, 15, 40)).max(1)
    x[:, 3] = np.clip(x[:, 3], -2.9, np.sqrt(9.0 / np.maximum(ahead, 1e-9)))  # slow enough for what lies ahead
    x[:, 5] += np.arctan(WHEELBASE * rules.curvature(x[:, 0]))
    state, wrong = at(*x), np.zeros(500, dtype=bool)
    for _ in range(60):
        state, _, _, info = rules.move(state, rules.brake(rules.observe(state)), FREE)
        wrong |= info["violation"]
    assert not wrong.any() and np.abs(state["x"][:, 3]).max() < 1e-9
    assert np.ptp(x[:, 3]) > 10


def test_gymnasium_and_our_own_checker_are_content():
    assert check_env(ID, processes=False, steps=150)
    assert check_vector_env(ID)
    env = gym.make(ID, render_mode="rgb_array")
    env.reset(seed=0)
    assert len(np.unique(env.render().reshape(-1, 3), axis=0)) > 3


@pytest.mark.parametrize(
    "wrong",
    [{"width": 9.0}, {"ease": 26.0}, {"dt": 0.0}, {"v_max": 21.0}, {"v_min": 12.0}, {"radius": 0.5}, {"alat_max": 0.0}],
)
def test_numbers_outside_their_ranges_are_named(wrong):
    with pytest.raises(BadOption, match=next(iter(wrong))):
        BicycleDrive(**wrong)
