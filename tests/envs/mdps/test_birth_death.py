"""Birth and death: the stationary law by balance is that of the chain; rows are read in every form."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps.birth_death import balance, birth_death, profiles


def test_balance_is_the_stationary_law():
    rng = np.random.default_rng(0)
    up, down = 0.05 + 0.4 * rng.random((2, 1, 6))
    P = birth_death(up, down, where="test")
    np.testing.assert_allclose(P.sum(2), 1.0)
    mdp = TabularMDP(P, np.zeros((6, 1)), gamma=None)
    np.testing.assert_allclose(mdp.occupancy(np.zeros(6, dtype=int))[:, 0], balance(up[0], down[0]), atol=1e-12)
    np.testing.assert_allclose(P[2, 0, [1, 2, 3]], [down[0, 2], 1 - down[0, 2] - up[0, 2], up[0, 2]])
    np.testing.assert_allclose(P[[0, 5], 0, [0, 5]], [1 - up[0, 0], 1 - down[0, 5]])  # steps beyond the ends stay


def test_rows_are_read_in_every_form():
    found = profiles((0.5, [1, 2, 3], [1, 2, 3, 4, 5]), 5, name="x", where="test")
    np.testing.assert_array_equal(found, [[0.5] * 5, [1, 2, 2, 2, 3], [1, 2, 3, 4, 5]])
    for wrong in ((0.5, [1, 2]), ("a",), 0.5, "abc", ([1, [2], 3],), (float("inf"),)):
        with pytest.raises(BadOption, match="x="):
            profiles(wrong, 5, name="x", where="test")
    half = np.full((1, 4), 0.6)
    with pytest.raises(BadOption, match="sum to at most 1"):
        birth_death(half, half, where="test")
    with pytest.raises(BadOption, match="up for 1 actions, down for 2"):
        birth_death(half, np.zeros((2, 4)), where="test")
