import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.envs.mdps import DeepSea
from rewardlab.rewards import empowerment
from rewardlab.rewards.intrinsic.channel import capacity


def entropy(p):
    p = np.asarray(p, dtype=float)
    return float(-(p[p > 0] * np.log2(p[p > 0])).sum())


@pytest.mark.parametrize("flip", [0.0, 0.1, 0.3, 0.5])
def test_the_binary_symmetric_and_the_erasure_channel_have_their_closed_forms(flip):
    symmetric = np.array([[1 - flip, flip], [flip, 1 - flip]])
    erasure = np.array([[1 - flip, 0, flip], [0, 1 - flip, flip]])
    both = capacity(np.stack([np.pad(symmetric, ((0, 0), (0, 1))), erasure]))
    np.testing.assert_allclose(both, [1 - entropy([flip, 1 - flip]), 1 - flip], atol=1e-6)


def test_the_z_channel_whose_best_input_is_not_uniform():
    for flip in (0.2, 0.5, 0.9):
        s = entropy([flip, 1 - flip]) / (1 - flip)
        np.testing.assert_allclose(capacity(np.array([[1, 0], [flip, 1 - flip]])), np.log2(1 + 2.0**-s), atol=1e-6)


def test_random_channels_of_two_inputs_against_a_search_over_the_input():
    rng = np.random.default_rng(0)
    channels = rng.dirichlet(np.ones(4), size=(5, 2))
    for W, found in zip(channels, capacity(channels), strict=True):

        def information(p, W=W):
            return -(entropy(p * W[0] + (1 - p) * W[1]) - p * entropy(W[0]) - (1 - p) * entropy(W[1]))

        best = -minimize_scalar(information, bounds=(0, 1), method="bounded", options={"xatol": 1e-9}).fun
        np.testing.assert_allclose(found, best, atol=2e-6)


def test_in_the_deep_sea_it_is_the_logarithm_of_the_cells_that_n_steps_can_reach():
    size, horizon = 5, 3
    mdp = DeepSea(size=size).to_mdp()
    links = mdp.dense()[0].sum(1) > 0
    reach = np.linalg.matrix_power(links.astype(float), horizon) > 0
    np.testing.assert_allclose(empowerment(mdp, horizon), np.log2(reach.sum(1)), atol=1e-6)
    assert empowerment(mdp, horizon)[0] == pytest.approx(
        2.0
    )  # columns 0 to 3: the wall keeps a step to the left in place
    assert empowerment(mdp, horizon)[-1] == pytest.approx(0.0)


def test_one_step_of_a_noisy_process_is_the_capacity_of_its_rows_and_more_steps_cannot_exceed_the_states():
    mdp = random_mdp(np.random.default_rng(1), states=6, actions=3, branching=2)
    np.testing.assert_allclose(empowerment(mdp), capacity(mdp.dense()[0]), atol=1e-12)
    three = empowerment(mdp, 3)
    assert (three >= 0).all() and three.max() <= np.log2(6) and three[-1] == pytest.approx(0.0)


def test_actions_without_effect_leave_nothing_and_too_many_are_refused():
    P = np.repeat(np.random.default_rng(2).dirichlet(np.ones(4), size=(4, 1)), 3, axis=1)
    np.testing.assert_allclose(empowerment(TabularMDP(P, np.zeros((4, 3))), 2), 0.0, atol=1e-6)
    for horizon in (0, 1.5, True, 40):
        with pytest.raises(BadOption):
            empowerment(TabularMDP(P, np.zeros((4, 3))), horizon)
