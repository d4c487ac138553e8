import numpy as np
import pytest
from steps import steps

from rewardlab.core.arrays import tensor
from rewardlab.rewards import Distance, Potential


def test_slices_functions_and_fixed_goals_give_the_same_potential():
    obs = np.random.default_rng(0).normal(size=(5, 4))
    obs[:, 2:] = [1.0, -2.0]
    exact = -0.5 * np.hypot(obs[:, 0] - 1.0, obs[:, 1] + 2.0)
    by_slice = Distance(slice(0, 2), slice(2, 4), scale=0.5)
    for phi in (
        by_slice,
        Distance(slice(0, 2), (1.0, -2.0), 0.5),
        Distance(lambda o: o[:, :2], lambda o: o[:, 2:], 0.5),
    ):
        np.testing.assert_allclose(phi(obs), exact, rtol=1e-15)
        np.testing.assert_allclose(phi(tensor(obs)).numpy(), exact, atol=1e-12)


def test_a_goal_in_a_dict_observation():
    phi = Distance(lambda o: o["achieved_goal"], lambda o: o["desired_goal"])
    assert phi({"achieved_goal": np.array([[3.0, 4.0]]), "desired_goal": np.zeros((1, 2))}).tolist() == [-5.0]


def test_it_shapes():
    batch = steps(1, obs=np.array([[3.0, 4.0]]), next_obs=np.array([[0.0, 4.0]]))
    assert Potential(Distance(slice(0, 2), (0.0, 0.0)), gamma=0.5)(batch) == pytest.approx([3.0])
