import numpy as np
import pytest
import torch

from rewardlab.envs.picture import BLUE, INK, PAPER, RED
from rewardlab.envs.top_view import TopView, centres


def blank(side):
    still = np.empty((side, side, 3), dtype=np.uint8)
    still[:] = PAPER
    still[0, 0] = INK  # the upper left corner
    return still


def pixel(view, x, y):
    side = view.shape[0]
    return tuple(int(v) for v in view[int((1 - y) / 2 * side), int((x + 1) / 2 * side)])


@pytest.mark.parametrize("side", [16, 32, 64])
def test_discs_stand_where_they_are_and_later_ones_cover_earlier_ones(side):
    a, b = np.array([[-0.6, 0.5], [0.7, -0.7]]), np.array([[0.6, 0.6], [0.7, -0.6]])
    views = TopView(blank(side))([(b, 0.2, RED), (a, 0.1, BLUE)])
    assert views.shape == (2, side, side, 3)
    assert views.dtype == np.uint8
    for view, x in zip(views, a, strict=True):
        assert pixel(view, *x) == BLUE
        assert pixel(view, -0.99, 0.99) == INK
        assert pixel(view, -0.9, -0.9) == PAPER
    assert pixel(views[0], *b[0]) == RED
    red = (views[0] == RED).all(-1).sum() * (2 / side) ** 2
    assert abs(red - np.pi * 0.2**2) < 6 * 0.2 * 2 / side  # m^2: to a pixel along the rim


def test_the_smallest_disc_is_seen_wherever_it_lies():
    x = np.random.default_rng(0).uniform(-0.95, 0.95, (500, 2))
    views = TopView(blank(16))([(x, 1e-6, BLUE)])
    assert ((views == BLUE).all(-1).sum((1, 2)) >= 1).all()


def test_middles_of_pixels():
    x, y = centres(4)
    np.testing.assert_allclose(x[0], [-0.75, -0.25, 0.25, 0.75])
    np.testing.assert_allclose(y[:, 0], [0.75, 0.25, -0.25, -0.75])


def test_torch_sees_the_same():
    a, b = np.random.default_rng(0).uniform(-1, 1, (2, 9, 2))
    view = TopView(blank(32))
    mine = view([(a, 0.1, RED), (b, 0.2, BLUE)])
    theirs = view([(torch.from_numpy(a), 0.1, RED), (torch.from_numpy(b), 0.2, BLUE)])
    np.testing.assert_array_equal(mine, theirs.numpy())
