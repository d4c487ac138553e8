import numpy as np
import torch

from rewardlab.envs.control.top_view import TopView
from rewardlab.envs.control.walls import Walls
from rewardlab.envs.picture import BLUE, INK, PAPER, RED


def pixel(view, x, y):
    side = view.shape[0]
    return tuple(int(v) for v in view[int((1 - y) / 2 * side), int((x + 1) / 2 * side)])


def test_point_goal_and_walls_stand_where_they_are():
    walls = Walls("...\n.#.\n...", where="here")
    for side in (16, 32, 64):
        x, goal = np.array([[-0.6, 0.5], [0.7, -0.7]]), np.array([[0.6, 0.6], [-0.7, 0.7]])
        views = TopView(walls, side, 0.2, goal=True)(x, goal)
        assert views.shape == (2, side, side, 3)
        assert views.dtype == np.uint8
        for view, a, b in zip(views, x, goal, strict=True):
            assert pixel(view, *a) == BLUE
            assert pixel(view, *b) == RED
            assert pixel(view, 0.0, 0.0) == INK
            assert pixel(view, -0.9, -0.9) == PAPER
        red = (views[0] == RED).all(-1).sum() * (2 / side) ** 2
        assert abs(red - np.pi * 0.2**2) < 6 * 0.2 * 2 / side  # m^2: to a pixel along the rim


def test_the_goal_may_be_hidden_and_what_is_outside_is_dark():
    walls = Walls("..", where="here")  # twice as wide as high
    view = TopView(walls, 32, 0.1, goal=False)(np.array([[0.0, 0.0]]), np.array([[0.5, 0.0]]))[0]
    assert pixel(view, 0.5, 0.0) == PAPER
    assert pixel(view, 0.5, 0.8) == INK


def test_torch_sees_the_same():
    walls = Walls("...\n.#.\n...", where="here")
    view, rng = TopView(walls, 32, 0.1, goal=True), np.random.default_rng(0)
    x, goal = rng.uniform(-1, 1, (2, 9, 2))
    np.testing.assert_array_equal(view(torch.from_numpy(x), torch.from_numpy(goal)).numpy(), view(x, goal))
