"""Predictive sampling beside the Riccati optimum; the same noise, the same controls, whatever the scale of the pay."""

import numpy as np
import pytest
from integrator import MODEL, excess

import rewardlab  # noqa: F401
from rewardlab.agents.model_based import PredictiveSampling

ID = "rewardlab/LinearSystem-v0"


def agent(**options):
    given = {"samples": 64, "horizon": 15, "noise": 0.04, "first": 40, "refine": 2} | options
    return PredictiveSampling(ID, model=MODEL, **given)


def test_its_cost_is_within_a_tenth_of_the_optimum_from_20_starts():
    above, state = excess(agent())
    assert above.min() > -1e-9 and above.max() < 0.1
    assert np.abs(state["x"]).max() < 0.1  # what is left of the way to a target that stands still


def test_a_plan_never_gets_worse():
    from rewardlab.agents.loops.simulated import returns

    one, obs, rng = agent(), np.random.default_rng(1).normal(size=(6, 2)), np.random.default_rng(2)
    plan, last = one.blank(6), np.full(6, -np.inf)
    for _ in range(8):
        plan = one.improve(obs, plan, rng)
        earned = returns(MODEL, MODEL.state(obs), one.controls(plan), None)
        assert (earned >= last).all()
        last = earned


@pytest.mark.parametrize("scale", [0.25, 3.7, 1000.0])
def test_a_scaled_reward_gives_the_same_controls(scale):
    def cost(weight):
        return lambda b: -weight * (b.obs[:, 0] ** 2 + 0.1 * b.obs[:, 1] ** 2 + 0.01 * b.action[:, 0] ** 2)

    obs = np.random.default_rng(1).normal(size=(6, 2))
    one, two = (agent(reward=cost(w)).control(obs, None, np.random.default_rng(3)) for w in (1.0, scale))
    np.testing.assert_array_equal(one[1], two[1])
    other = agent(reward=cost(1.0)).control(obs, None, np.random.default_rng(4))
    assert np.abs(one[1] - other[1]).max() > 1e-3
