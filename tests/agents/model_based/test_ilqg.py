"""Iterative linear-quadratic control: exact for linear systems, Riccati gains, limits, and a bent track."""

import numpy as np
import pytest
from integrator import MODEL, RULES, STARTS, STEPS, excess

import rewardlab  # noqa: F401
from rewardlab.agents.loops.simulated import RulesModel, returns
from rewardlab.agents.model_based import ILQG
from rewardlab.agents.model_based.ilqg import limited, local
from rewardlab.envs.control import BicycleDrive

ID = "rewardlab/LinearSystem-v0"
LOOSE = RULES.__class__(noise=0.0, horizon=STEPS, force=200.0)  # no step of the way to the optimum meets a limit


def test_its_cost_is_the_riccati_optimum_from_20_starts():
    """Within 0.1 % is asked for; the horizon of 40 steps goes beyond the end, and so little is lost."""
    above, state = excess(ILQG(ID, model=MODEL, horizon=STEPS, first=2))
    assert np.abs(above).max() < 1e-4 and np.abs(state["x"]).max() < 0.01


def test_one_improvement_is_the_whole_riccati_plan_and_its_gains():
    agent = ILQG(ID, model=RulesModel(LOOSE), horizon=STEPS, first=1)
    plan = agent.control(STARTS)[1]
    x = STARTS
    gains = agent.gains(STARTS, plan)
    for t in range(STEPS):
        u = RULES.optimal_control(x, t)
        np.testing.assert_allclose(plan[:, t] * LOOSE.force, u, atol=1e-5)
        np.testing.assert_allclose(gains[:, t] * LOOSE.force, np.tile(-RULES.plans[t].K, (20, 1, 1)), atol=1e-5)
        x = x @ np.array(RULES.A).T + u @ np.array(RULES.B).T
    earned = returns(agent.world, agent.world.state(STARTS), plan, None)
    np.testing.assert_allclose(earned, RULES.optimal_value(STARTS), rtol=1e-6)


def test_a_step_within_limits_is_the_best_one():
    rng = np.random.default_rng(0)
    L = rng.normal(size=(200, 2, 2))
    Q, q = L @ np.swapaxes(L, 1, 2) + 0.1 * np.eye(2), rng.normal(size=(200, 2))
    k, free = limited(Q, q, np.array([-0.5, -0.5]), np.array([0.5, 0.5]))
    grid = np.stack(np.meshgrid(*[np.linspace(-0.5, 0.5, 201)] * 2), -1).reshape(-1, 2)

    value = 0.5 * np.einsum("bi,bij,bj->b", k, Q, k) + (q * k).sum(1)
    best = (0.5 * np.einsum("gi,bij,gj->bg", grid, Q, grid) + q @ grid.T).min(1)
    inside = free.all(1)
    assert (np.abs(k) <= 0.5).all() and 20 < inside.sum() < 180
    np.testing.assert_allclose(value, best, atol=2e-3)


def test_derivatives_of_the_bicycle():
    """On a straight, from the middle line: the linearised car in closed form."""
    rules = BicycleDrive()
    model, v, dt = RulesModel(rules), 5.0, rules.dt
    obs = np.zeros((1, 16))
    obs[0, [0, 3]] = 10.0, v
    found = local(model, model.state(obs), np.zeros((1, 2)), None, 1e-3, -np.ones(2), np.ones(2))
    f = np.zeros((7, 9))
    f[:4, :4], f[6, 6] = np.eye(4), 1
    f[0, 3], f[1, 2], f[2, 5], f[5, 5] = dt, dt * v, dt * v / 0.33, 1
    f[3, 7], f[4, 7], f[5, 8] = dt * 5.0, 5.0, dt * 3.2
    f[6, 3] = dt / rules.length
    np.testing.assert_allclose(found.f[0], f, atol=1e-5)
    np.testing.assert_allclose(found.g[0, 3], -dt / rules.length, rtol=1e-6)
    seam = []
    for s in (rules.length - 1e-4, 1e-4):  # on both sides of the line where s begins anew
        state = model.state(np.where(np.arange(16) == 0, s, obs))
        seam.append(local(model, state, np.zeros((1, 2)), None, 1e-3, -np.ones(2), np.ones(2)).f[0])
    np.testing.assert_allclose(*seam, atol=1e-4)


def test_a_plan_never_gets_worse_and_drives_a_bend():
    rules = BicycleDrive()

    def pay(b):
        x = b.next_obs
        return -((x[:, 3] - 6) ** 2) - 20 * x[:, 1] ** 2 - 7 * x[:, 2] ** 2 - 0.01 * (b.action**2).sum(1)

    agent = ILQG("rewardlab/BicycleDrive-v0", reward=pay, horizon=20)
    obs = np.zeros((2, 16))
    obs[:, 0], obs[:, 1], obs[:, 3] = (5.0, rules.straight - 2), (0.5, 0.0), 5.0
    state, plan, last = agent.world.state(obs), agent.blank(2), np.full(2, -np.inf)
    for _ in range(6):
        plan = agent.improve(obs, plan, np.random.default_rng(0))
        earned = returns(agent.world, state, plan, pay)
        assert (earned >= last - 1e-12).all()
        last = earned
    for t in range(20):
        state = agent.world.step(state, plan[:, t]).state
    np.testing.assert_allclose(state["x"][:, 3], 6, atol=0.1)
    assert np.abs(state["x"][:, 1]).max() < 0.1


@pytest.mark.parametrize("limit", [0.05, 0.2])
def test_limits_are_kept(limit):
    rules = RULES.__class__(noise=0.0, horizon=STEPS, force=12.0 * limit)  # what is best would be beyond
    agent = ILQG(ID, model=RulesModel(rules), horizon=STEPS)
    plan = agent.control(STARTS)[1]
    assert np.abs(plan).max() == 1.0
    free = ILQG(ID, model=MODEL, horizon=STEPS).control(STARTS)[1] * 12.0
    cut = np.clip(free / rules.force, -1, 1)
    state = agent.world.state(STARTS)
    assert (returns(agent.world, state, plan, None) >= returns(agent.world, state, cut, None) - 1e-9).mean() > 0.9
