import numpy as np
import pytest

from rewardlab.core.rng import Streams
from rewardlab.envs.mujoco.ball_tasks import (
    BALL,
    DEEP,
    MOUTH,
    NAMES,
    NEAR,
    RAIL,
    SIDES,
    TASKS,
    distance,
    pusher,
    targets,
)


def done(ball, name, target):
    """The predicate of each task as its sentence says it."""
    if name in ("region", "centre"):
        return np.linalg.norm(ball - target, axis=-1) <= NEAR
    axis, sign = {"east": (0, 1), "west": (0, -1), "north": (1, 1), "south": (1, -1)}[name]
    return (sign * ball[:, axis] >= RAIL - BALL - DEEP) & (np.abs(ball[:, 1 - axis]) <= MOUTH)


@pytest.mark.parametrize("name", TASKS)
def test_distances_are_those_to_the_nearest_place_where_the_task_is_done(name):
    target = np.array([0.3, -0.2]) if name == "region" else np.zeros(2)
    reach = np.arange(-0.63, 0.6301, 0.005)
    grid = np.stack(np.meshgrid(reach, reach), -1).reshape(-1, 2)
    good = grid[done(grid, name, target)]
    ball = np.random.default_rng(0).uniform(-0.63, 0.63, (100, 2))
    task = np.full(100, NAMES.index(name))
    brute = np.linalg.norm(ball[:, None] - good[None], axis=-1).min(1)
    found = distance(ball, task, np.repeat(target[None], 100, 0))
    assert np.abs(found - brute).max() < 0.006  # the grid's own step
    np.testing.assert_array_equal(found == 0, done(ball, name, target))
    assert 0 < len(good) < len(grid)


def test_targets_of_regions_are_apart_from_the_ball_and_others_have_their_place():
    n = 3000
    rng = Streams(range(n))
    rng.begin(slice(None))
    ball = np.random.default_rng(0).uniform(-0.4, 0.4, (n, 2))
    task = np.arange(n) % len(NAMES)
    target = targets(task, ball, rng)
    assert np.linalg.norm(target - ball, axis=1)[task == 0].min() >= 0.4
    assert np.abs(target[task == 0]).max() <= 0.5
    assert not target[task == NAMES.index("centre")].any()
    for number, side in SIDES.items():
        assert (target[task == number] == np.array(side) * (RAIL - BALL)).all()


def test_the_player_pushes_from_behind_and_goes_around_from_the_front():
    physics = np.zeros((2, 9))
    physics[:, 3:5] = 0.0
    physics[0, 1:3] = -0.23, 0.0  # behind the ball, which must go to the right
    physics[1, 1:3] = 0.3, 0.05  # before it
    force = pusher(physics, np.array([[0.5, 0.0], [0.5, 0.0]]))
    assert force[0, 0] > 0.5
    assert abs(force[0, 1]) < 1e-6
    assert force[1, 0] < 0  # back along the ball ...
    assert force[1, 1] > 0.1  # ... and off to its side
