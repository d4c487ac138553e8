"""The cross-entropy method beside the Riccati optimum, and how its Gaussian narrows."""

import numpy as np
from integrator import MODEL, excess

import rewardlab  # noqa: F401
from rewardlab.agents.model_based import CEM

ID = "rewardlab/LinearSystem-v0"


def test_its_cost_is_within_a_tenth_of_the_optimum_from_20_starts():
    one = CEM(ID, model=MODEL, horizon=15, noise=0.1, moves=4, samples=64, elites=8, least=0.001, first=3)
    above, state = excess(one)
    assert above.min() > -1e-9 and above.max() < 0.1
    assert np.abs(state["x"]).max() < 0.05


def test_the_mean_of_the_elite_goes_to_the_best_plan():
    """One knot and a pay of -(u - 0.4)²: more moves come nearer, and the floor of the deviation stays."""
    obs = np.zeros((1, 2))
    off = []
    for moves in (1, 3, 12):
        one = CEM(ID, model=MODEL, horizon=1, knots=1, moves=moves, first=1, least=0.0, samples=50, elites=5,
                  reward=lambda b: -((b.action[:, 0] - 0.4) ** 2))  # fmt: skip
        off.append(abs(float(one.control(obs, None, np.random.default_rng(0))[1][0, 0, 0]) - 0.4))
    assert off[0] > off[1] > off[2] and off[2] < 1e-4


def test_one_elite_is_the_best_sample():
    one = CEM(ID, model=MODEL, horizon=1, knots=1, moves=1, first=1, elites=1, reward=lambda b: b.action[:, 0])
    noise = np.random.default_rng(7).standard_normal((one.samples, 1, 1))
    plan = one.control(np.zeros((1, 2)), None, np.random.default_rng(7))[1]
    assert plan[0, 0, 0] == noise[1:].max() * one.noise
