import gymnasium as gym
import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.control.ids import IDS
from rewardlab.envs.control.point_nav import STEP, PointNav

POINTS = sorted(name for name, table in IDS.items() if table["rules"].endswith(":PointNav"))


def begun(rules, n, seed=0, device=None):
    rng = Streams(range(seed, seed + n), device=device)
    rng.begin(slice(None))
    return rules.start(n, rng)


def at(rules, x, v=(0.0, 0.0), goal=(0.9, 0.9)):
    x, v, goal = (np.array([p], dtype=float) for p in (x, v, goal))
    onward = rules.walls.onward(goal)
    return {"x": x, "v": v, "goal": goal, "onward": onward, "first": rules.walls.distance(x, goal, onward)}


@pytest.mark.parametrize("swirl", [0.0, 0.7])
def test_free_motion_by_velocities_has_its_closed_form(swirl):
    """x_t = A^t x_0 + (A^t - 1)(A - 1)^-1 b with A = 1 + h swirl J and b = h (speed a + drift)."""
    rules = PointNav(drift=(0.05, -0.02), swirl=swirl, speed=0.3)
    action, x0, t = np.array([[0.4, 0.2]]), np.array([-0.3, -0.1]), 15
    state = at(rules, x0)
    for _ in range(t):
        state, *_ = rules.move(state, action, Streams([0]))
    A = np.eye(2) + STEP * swirl * np.array([[0.0, -1.0], [1.0, 0.0]])
    b = STEP * (0.3 * action[0] + [0.05, -0.02])
    series = sum(np.linalg.matrix_power(A, k) for k in range(t))
    np.testing.assert_allclose(state["x"][0], np.linalg.matrix_power(A, t) @ x0 + series @ b, atol=1e-12)


def test_free_motion_by_forces_has_its_closed_form():
    """v_t = q^t v_0 + (h f a)(1 - q^t)/(1 - q), x_t = x_0 + h (sum of v_1 .. v_t), q = 1 - h damping."""
    rules = PointNav(inertia=True, force=0.8, damping=0.5, drift=(0.1, 0.0))
    a, x0, v0, t, q = np.array([0.5, -0.25]), np.array([-0.6, 0.2]), np.array([0.1, 0.05]), 20, 1 - STEP * 0.5
    state = at(rules, x0, v0)
    for _ in range(t):
        state, *_ = rules.move(state, a[None], Streams([0]))
    push = STEP * 0.8 * a
    sums = (1 - q**t) / (1 - q)
    v = q**t * v0 + push * sums
    travelled = q * sums * v0 + push * (t - q * sums) / (1 - q)
    np.testing.assert_allclose(state["v"][0], v, atol=1e-12)
    np.testing.assert_allclose(state["x"][0], x0 + STEP * (travelled + t * np.array([0.1, 0.0])), atol=1e-12)


def test_reaching_is_near_and_where_asked_slow():
    for rest, v, reached in ((None, 0.9, True), (0.2, 0.9, False), (0.2, 0.1, True)):
        rules = PointNav(inertia=True, rest=rest, damping=0.0)
        state = at(rules, (0.2, 0.2), (v, 0.0), goal=(0.2 + STEP * v, 0.25))
        _, reward, ended, info = rules.move(state, np.zeros((1, 2)), Streams([0]))
        assert (reward[0], ended[0], info["success"][0]) == (float(reached), reached, reached)
    rules = PointNav(ends=False)
    for gap, paid in ((0.0999, 1.0), (0.1001, 0.0)):
        _, reward, ended, _ = rules.move(at(rules, (0, 0), goal=(gap, 0)), np.zeros((1, 2)), Streams([0]))
        assert (reward[0], ended[0]) == (paid, False)


def test_discs_pay_where_the_point_is_and_are_not_seen():
    rules = PointNav(discs=[[0.0, 0.0, 0.2, 0.25], [0.1, 0.0, 0.2, 0.5]])
    for x, paid in ((-0.15, 0.25), (0.05, 0.75), (0.25, 0.5), (0.5, 0.0)):
        state = at(rules, (x, 0.0))
        _, reward, _, info = rules.move(state, np.zeros((1, 2)), Streams([0]))
        assert (reward[0], info["disc_pay"][0]) == (paid, paid)
        np.testing.assert_array_equal(rules.look(state), PointNav().look(state))


def test_what_hits_a_wall_stands_still_across_it():
    rules = PointNav(inertia=True)
    state, _, _, info = rules.move(at(rules, (0.99, 0.0), (0.5, 0.3)), np.zeros((1, 2)), Streams([0]))
    assert info["hit"][0]
    assert state["v"][0, 0] == 0.0
    assert state["v"][0, 1] == pytest.approx(0.3 * (1 - STEP * 0.5))


def test_places_are_drawn_where_they_may_be():
    rules = PointNav(layout="S.#\n..G")
    state = begun(rules, 5000)
    cell = np.floor((state["x"] + rules.walls.span) / rules.walls.size).astype(int)
    assert (cell == [0, 1]).all()  # y up: the first line is the upper one
    assert (np.floor((state["goal"] + rules.walls.span) / rules.walls.size).astype(int) == [2, 0]).all()
    free = begun(PointNav(), 20_000)
    for axis in (0, 1):
        share = np.sort((free["goal"][:, axis] / (1 - 1e-3) + 1) / 2)
        assert np.abs(share - np.linspace(0, 1, 20_000)).max() < 1.95 / np.sqrt(20_000)  # Kolmogorov, 0.1 %
    assert np.linalg.norm(free["x"] - free["goal"], axis=1).min() >= 0.3
    circle = [[0.5, 0.0], [0.0, 0.5], [-0.5, 0.0]]
    some = begun(PointNav(goals=circle, begin=(0.0, 0.0)), 9000)
    counts = [(some["goal"] == g).all(1).sum() for g in circle]
    assert sum(counts) == 9000
    assert ((np.array(counts) - 3000) ** 2 / 3000).sum() < 13.8  # chi-square, 2 degrees, 0.1 %
    assert not some["x"].any()


@pytest.mark.parametrize("name", POINTS)
def test_the_expert_arrives_always_and_its_way_is_nearly_the_shortest(name):
    n = 200
    envs = gym.make_vec(name, num_envs=n, autoreset_mode="NextStep")
    _, info = envs.reset(seed=0)
    first, steps, arrived, total = info["distance"], np.zeros(n), np.zeros(n, dtype=bool), np.zeros(n)
    rules = envs.unwrapped.rules
    for _ in range(envs.limit):
        running = ~arrived
        _, reward, *_, info = envs.step(rules.expert(envs.get_state()["state"]))
        steps += running
        arrived |= info.get("success", np.zeros(n, dtype=bool))
        total += reward * running
        if arrived.all():
            break
    assert arrived.all()
    assert (total >= 1.0).all()
    if not rules.inertia:  # both components may be 1 m/s at once: the diagonal is faster by sqrt 2
        assert (steps >= np.floor((first - rules.radius) / (STEP * np.sqrt(2)))).all()
        assert (steps <= np.ceil(first / STEP) * 1.15 + 2).all()


@pytest.mark.parametrize("name", POINTS)
def test_progress_sums_to_the_way_that_was_gone(name):
    envs = gym.make_vec(name, num_envs=20, autoreset_mode="Disabled", ends=False)
    _, info = envs.reset(seed=0)
    first = info["distance"]
    rng = np.random.default_rng(0)
    assert not info["progress"].any()
    for _ in range(30):
        before = info["distance"]
        *_, info = envs.step(rng.uniform(-1, 1, (20, 2)).astype(np.float32))
        np.testing.assert_allclose(info["progress"], first - info["distance"], atol=1e-12)
        assert (np.abs(before - info["distance"]) <= STEP * np.sqrt(2) + 1e-9).all()  # no way shortens by more


def test_random_play_earns_the_random_return():
    n, rng = 8000, np.random.default_rng(0)
    envs = gym.make_vec("rewardlab/PointNav-v0", num_envs=n)
    envs.reset(seed=0)
    paid, running = np.zeros(n), np.ones(n, dtype=bool)
    for _ in range(50):
        _, reward, ended, cut, _ = envs.step(rng.uniform(-1, 1, (n, 2)).astype(np.float32))
        paid += reward * running
        running &= ~(ended | cut)
    assert not running.any()
    assert abs(paid.mean() - envs.describe().random_return) < 4 * np.sqrt(0.041 * 0.959 / n)
    assert PointNav(radius=0.2).card().random_return is None


@pytest.mark.parametrize("name", POINTS)
def test_tensors_move_as_arrays_do(name):
    mine, theirs = (gym.make_vec(name, num_envs=16, device=device) for device in (None, "cpu"))
    shown = [mine.reset(seed=1), theirs.reset(seed=1)]
    rng = np.random.default_rng(0)
    for t in range(60):
        action = rng.uniform(-1, 1, (16, 2)).astype(np.float32)
        np.testing.assert_array_equal(shown[0][0], shown[1][0].numpy())
        shown = [mine.step(action), theirs.step(torch.from_numpy(action))]
        for k in (1, 2, 3):
            np.testing.assert_array_equal(shown[0][k], np.asarray(shown[1][k]))
        assert isinstance(shown[1][-1]["position"], torch.Tensor)
        for key in ("position", "velocity", "goal", "distance"):
            np.testing.assert_allclose(
                shown[0][-1][key], shown[1][-1][key].numpy(), atol=1e-12, err_msg=f"{key} at {t}"
            )


def test_observations_are_what_the_description_says():
    state = begun(PointNav(), 5)
    np.testing.assert_allclose(PointNav().look(state), np.concatenate([state["x"], state["goal"]], 1), atol=1e-7)
    np.testing.assert_allclose(PointNav(goal_seen=False).look(state), state["x"], atol=1e-7)
    full = PointNav(inertia=True).look(state)
    np.testing.assert_allclose(full, np.concatenate([state["x"], state["v"], state["goal"]], 1), atol=1e-7)
    view = PointNav(observation="pixels", side=16).look(state)
    assert view.shape == (5, 16, 16, 3)
    rules = PointNav(discs=[[0.0, 0.0, 0.1, 1.0]], layout="...\n...\n#..")
    frame = rules.draw(at(rules, (-0.5, 0.5)), 0)
    for (x, y), colour in {(-0.5, 0.5): (52, 101, 164), (0.9, 0.9): (210, 60, 50), (0, 0): (240, 190, 40)}.items():
        assert tuple(frame[int((1 - y) * 200), int((x + 1) * 200)]) == colour
    assert tuple(frame[390, 10]) == (40, 46, 58)
    assert "m to go" in PointNav().text(state, 0)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"radius": 0.0}, "radius"),
        ({"speed": True}, "speed"),
        ({"swirl": float("nan")}, "swirl"),
        ({"observation": "rgb"}, "observation"),
        ({"goals": []}, "goals"),
        ({"goals": [[0.0, 2.0]]}, "goals"),
        ({"goals": [[0.0]]}, "goals"),
        ({"begin": (0.0, 0.0), "layout": "...\n.#.\n..."}, "begin"),
        ({"begin": "ab"}, "begin"),
        ({"drift": (1e9, 0.0)}, "drift"),
        ({"discs": [[0.0, 0.0, 0.1]]}, "discs"),
        ({"layout": "." * 30}, "moves"),
        ({"side": 7}, "side"),
        ({"layout": "?"}, "layout"),
    ],
)
def test_what_cannot_be_is_refused(fields, word):
    with pytest.raises(BadOption, match=word):
        PointNav(**fields)
