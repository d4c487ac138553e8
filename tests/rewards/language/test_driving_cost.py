"""The driving cost in closed form, and the planner's gain beside the Riccati recursion of the same parameters."""

import numpy as np
import pytest
import torch

import rewardlab  # noqa: F401
from rewardlab.agents.loops.simulated import Numbered, RulesModel
from rewardlab.agents.model_based import ILQG
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.envs.control import BicycleDrive
from rewardlab.rewards import DrivingCost
from rewardlab.rewards.language.driving import as_vector, defaults

THETA = as_vector(defaults() | {"v_max": 5.0, "n_ref": 0.3, "qddelta": 2.0, "qac": 0.5})


def steps(n, columns=16, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (n, columns))
    x[:, 3] *= 6
    before = rng.uniform(-1, 1, x.shape)
    return Transitions(before, rng.uniform(-1, 1, (n, 2)), np.zeros(n), x, np.zeros(n, bool), np.zeros(n, bool))


def test_it_is_the_written_cost():
    batch = steps(50)
    x = batch.next_obs
    u = (x[:, 5] - batch.obs[:, 5]) / 0.05
    q = dict(zip(defaults(), THETA, strict=True))
    cost = q["qv"] * (x[:, 3] - 5) ** 2 + q["qn"] * (x[:, 1] - 0.3) ** 2 + q["qalpha"] * x[:, 2] ** 2
    cost += q["qac"] * x[:, 4] ** 2 + q["qddelta"] * u**2
    for over in (x[:, 3] ** 2 * abs(x[:, 6]) - 10, abs(x[:, 1]) - 1.5 + 0.3, x[:, 3] - 5, 1 - x[:, 3]):
        cost += 200 * np.maximum(over, 0) ** 2
    np.testing.assert_allclose(-DrivingCost(THETA)(batch), cost)
    tensors = DrivingCost(THETA)(batch.map(torch.as_tensor))
    np.testing.assert_allclose(tensors.numpy(), -cost)


def test_rows_may_have_parameters_of_their_own():
    many = np.stack([THETA, as_vector(defaults())])
    batch = steps(6, 17)
    batch.next_obs[:, -1] = [0, 1, 1, 0, 0, 1]
    whole = [DrivingCost(t)(batch) for t in many]
    for one in (batch, batch.map(torch.as_tensor)):
        np.testing.assert_allclose(np.asarray(DrivingCost(many)(one)), np.where(batch.next_obs[:, -1] == 0, *whole))


def test_the_gain_is_the_finite_horizon_riccati_gain_of_the_same_parameters():
    """On a straight, at the speed that is asked for: bounds inactive, and the car is linear."""
    rules, v, H = BicycleDrive(straight=400.0), 5.0, 20
    theta = as_vector(defaults() | {"v_max": 5.0, "v_min": -3.0, "qddelta": 2.0, "qac": 0.5})
    cost = DrivingCost(theta, soft=0.0)
    agent = ILQG("rewardlab/BicycleDrive-v0", model=RulesModel(rules), reward=cost, horizon=H, damping=0.0)
    obs = np.zeros((1, 16))
    obs[0, [0, 3]] = 100.0, v
    found = agent.gains(obs, np.zeros((1, H, 2)))[0]
    dt = rules.dt
    A, B = np.eye(7), np.zeros((7, 2))
    A[4, 4] = A[5, 5] = 0
    A[0, 3], A[1, 2], A[2, 5], A[5, 5], A[6, 3] = dt, dt * v, dt * v / 0.33, 1, dt / rules.length
    B[3, 0], B[4, 0], B[5, 1] = dt * 5, 5, dt * 3.2
    Q, R = np.diag([0, 20, 7, 10, 0.5, 0, 0.0]), np.diag([0, 2 * 3.2**2])
    P = np.zeros((7, 7))
    for t in range(H - 1, -1, -1):  # the cost is of the state after the step
        W = Q + P
        K = np.linalg.solve(R + B.T @ W @ B, B.T @ W @ A)
        np.testing.assert_allclose(found[t], -K, atol=1e-6)
        P = A.T @ W @ (A - B @ K)
    assert np.abs(K).max() > 0.1


def test_each_car_is_planned_for_by_its_own_parameters():
    thetas = np.stack([as_vector(defaults() | {"v_max": v}) for v in (2.0, 8.0)])
    agent = ILQG("rewardlab/BicycleDrive-v0", model=Numbered(RulesModel(BicycleDrive())), reward=DrivingCost(thetas),
                 horizon=8, first=3)  # fmt: skip
    obs = np.zeros((2, 16))
    obs[:, [0, 3]] = 3.0, 5.0
    action, _ = agent.control(obs)
    assert action[0, 0] < -0.9 and action[1, 0] > 0.9


def test_parameters_of_another_shape_are_refused():
    with pytest.raises(BadOption, match="theta"):
        DrivingCost(np.zeros(9))
