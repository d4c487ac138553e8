import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from steps import steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import KinestheticCombination, distance_shape, team_rewards


class Component(Task):
    def __init__(self, i):
        self.i = i

    def __call__(self, batch):
        return batch.column("c")[..., self.i]


def krc(*rows):
    c = np.array(rows, dtype=float)
    return KinestheticCombination(tuple(Component(i) for i in range(c.shape[-1])))(steps(len(c), c=c))


def test_values_by_hand():
    assert krc([1, 1, 1]).tolist() == [1.0]
    assert krc([0.7, 0, -0.4])[0] == 0
    assert krc([-0.5, 0.5]) == pytest.approx([-0.5])
    assert krc([-0.5, -0.5]) == pytest.approx([-0.5])  # two wrongs make no right
    assert krc([0.2, 0.4, 0.8]) == pytest.approx([0.4])
    assert krc([0.3], [-0.3]) == pytest.approx([0.3, -0.3])


unit = st.floats(-1, 1).map(lambda x: x if abs(x) > 1e-3 else 0.0)


@given(st.lists(unit, min_size=3, max_size=3))
def test_size_is_the_geometric_mean_in_any_order(c):
    paid = krc(*itertools.permutations(c))
    np.testing.assert_allclose(abs(paid), np.prod(np.abs(c)) ** (1 / 3), atol=1e-12)
    np.testing.assert_allclose(paid, paid[0], atol=1e-12)
    assert (paid[0] >= 0) == (min(c) >= 0 or 0 in c)


def test_monotone_in_each_component_where_all_are_positive():
    rng = np.random.default_rng(0)
    base = rng.uniform(0.05, 1, (500, 4))
    for i in range(4):
        more = base.copy()
        more[:, i] += 0.01
        assert (krc(*more) > krc(*base)).all()


def test_no_state_is_liked_in_which_one_component_is_bad():
    """States on a grid in which the sum trades: liked (> 0.3) although one of three components is not above 0."""
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 21)] * 3), axis=-1).reshape(-1, 3)
    bad = grid.min(-1) <= 1e-12
    assert (grid.mean(-1) > 0.3)[bad].sum() > 100
    assert (krc(*grid) > 0.3)[bad].sum() == 0


def test_large_numbers_stay_finite_and_nan_shows():
    assert krc([1e6] * 60) == pytest.approx([1e6])
    assert np.isnan(krc([np.nan, 0.0, 0.5])).all()
    c = torch.tensor([[0.2, 0.4, 0.8], [0.5, -0.5, 0.5]])
    batch = steps(2).map(torch.as_tensor).paying(torch.zeros(2), c=c)
    np.testing.assert_allclose(KinestheticCombination(tuple(map(Component, range(3))))(batch), [0.4, -0.5], rtol=1e-6)


def test_the_distance_shape():
    d = np.linspace(0, 50, 200)
    for scale, w1, w2 in ((5.0, 1.0, 1.0), (2.0, 3.0, 0.5), (7.0, 0.5, 2.0)):
        f = distance_shape(d, scale=scale, dispersion=w1, density=w2)
        assert f[0] == 1 and (np.diff(f) < 0).all() and (f > 0).all()
        assert distance_shape(np.array(scale * w1), scale=scale, dispersion=w1, density=w2) == pytest.approx(
            np.exp(-0.5 / w2)
        )
        np.testing.assert_allclose(f, np.exp(-0.5 * d / (scale * w1)) ** (1 / w2), rtol=1e-12)
        assert (distance_shape(d[1:], scale=scale, dispersion=2 * w1, density=w2) > f[1:]).all()
        assert (distance_shape(d[1:], scale=scale, dispersion=w1, density=2 * w2) > f[1:]).all()
    np.testing.assert_allclose(distance_shape(torch.as_tensor(d), scale=2.0), distance_shape(d, scale=2.0), rtol=1e-12)


def test_team_spirit_moves_pay_among_the_team_and_takes_what_opponents_earn():
    own, other = np.array([[1.0, 0.0, 0.5], [0.0, 0.0, 3.0]]), np.array([[0.2, 0.4], [0.0, 1.0]])
    np.testing.assert_allclose(team_rewards(own, other, spirit=0.0), own - other.mean(-1, keepdims=True))
    shared = team_rewards(own, other, spirit=1.0)
    np.testing.assert_allclose(shared, shared[:, :1] + np.zeros((1, 3)))
    for spirit in (0.0, 0.3, 1.0):
        paid = team_rewards(own, other, spirit=spirit)
        np.testing.assert_allclose(paid.sum(-1), own.sum(-1) - 3 * other.mean(-1))
    assert team_rewards(own, other)[0, 0] == pytest.approx(0.7 + 0.3 * 0.5 - 0.3)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="KinestheticCombination"):
        KinestheticCombination(())
    for wrong in ({"scale": 0.0}, {"scale": 1.0, "dispersion": -1.0}, {"scale": 1.0, "density": float("nan")}):
        with pytest.raises(BadOption, match="distance_shape"):
            distance_shape(np.ones(2), **wrong)
    with pytest.raises(BadOption, match="spirit"):
        team_rewards(np.ones(2), np.ones(2), spirit=1.5)
