import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core.errors import BadOption, BadReward
from rewardlab.rewards import hypervolume, non_dominated


def brute(r):
    """Two loops over the definition."""
    return np.array([not any((o >= x).all() and (o > x).any() for o in r) for x in r])


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 12))
def test_it_is_the_brute_force_front_also_with_ties_and_in_torch(seed, m, n):
    r = np.random.default_rng(seed).integers(0, 4, (3, n, m)).astype(float)  # many are equal
    found = non_dominated(r)
    np.testing.assert_array_equal(found, [brute(g) for g in r])
    np.testing.assert_array_equal(non_dominated(torch.as_tensor(r)).numpy(), found)
    np.testing.assert_array_equal(non_dominated(np.stack([np.exp(r[..., k]) + k for k in range(m)], -1)), found)
    assert found.any(-1).all()


def test_one_objective_leaves_the_best_and_its_equals():
    assert non_dominated(np.array([[1.0], [3.0], [3.0], [2.0]])).tolist() == [False, True, True, False]


def test_nan_is_refused():
    with pytest.raises(BadReward, match="NaN"):
        non_dominated(np.array([[1.0, np.nan]]))


def inclusion_exclusion(p, z):
    """The volume of the union of boxes, subset by subset."""
    total = 0.0
    for k in range(1, len(p) + 1):
        for chosen in itertools.combinations(p, k):
            total += (-1) ** (k + 1) * np.prod(np.maximum(np.min(chosen, axis=0) - z, 0))
    return total


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_the_volume_is_that_of_the_union_of_boxes(m):
    rng = np.random.default_rng(m)
    for _ in range(10):
        p, z = rng.normal(size=(7, m)).round(1), rng.normal(size=m) - 0.5
        assert hypervolume(p, z) == pytest.approx(inclusion_exclusion(p, z), abs=1e-9)
        assert hypervolume(p[::-1], z) == pytest.approx(hypervolume(p, z))
        assert hypervolume(torch.as_tensor(p.copy()), torch.as_tensor(z)) == hypervolume(p, z)


def test_the_volume_of_a_staircase_and_of_nothing():
    assert hypervolume(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]), np.zeros(2)) == 6.0
    assert hypervolume(np.array([[-1.0, 3.0]]), np.zeros(2)) == 0.0
    assert hypervolume(np.zeros((0, 2)), np.zeros(2)) == 0.0


def test_wrong_shapes_are_refused():
    for p, z in ((np.zeros((3, 2)), np.zeros(3)), (np.zeros(3), np.zeros(3)), (np.full((1, 2), np.nan), np.zeros(2))):
        with pytest.raises(BadOption, match="shape"):
            hypervolume(p, z)
