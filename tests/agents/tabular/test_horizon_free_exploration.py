"""HF-UCRL-RFE++: exact moments, corners, ellipsoids that hold, errors that fall as a root and not with the horizon."""

import math

import numpy as np
import pytest
from tables_that_tell import garnet, telling

from rewardlab.agents import HorizonFreeExploration
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP

D, S, A = 3, 6, 2
THETA = np.array([0.6, 0.3, 0.1])
KERNELS = np.random.default_rng(0).dirichlet(np.full(S, 0.3), (D, S, A))
WORLD = TabularMDP(np.einsum("d,dsay->say", THETA, KERNELS), np.zeros((S, A)), gamma=None)


class Unweighted(HorizonFreeExploration):
    """Every observation counts alike."""

    def variance(self, memory, x):
        return np.ones(x.shape[:-1])


def explorer(runs=10, horizon=8, method=HorizonFreeExploration, **options):
    return method(telling(WORLD, runs, horizon), seed=0, kernels=KERNELS, horizon=horizon, independent=True, **options)


def test_the_regression_is_weighted_least_squares():
    """One run again, step by step and moment by moment."""
    agent = explorer(1, 4)
    L = agent.sigma.shape[1]
    sigma, target = agent.sigma[0].copy(), agent.target[0].copy()
    held = {"sigma": sigma.copy(), "target": target.copy(), "ahead": agent.ahead[0], "sought": agent.sought[0]}
    clock = 0

    def see(told):
        nonlocal clock
        step = told["step"]
        s, a, after = int(step.obs[0]), int(step.action[0]), int(step.next_obs()[0])
        for U in (held["ahead"][clock + 1], held["sought"][s, a]):
            x = np.array([KERNELS[:, s, a] @ U ** (2.0**m) for m in range(L)])
            inverse = np.linalg.inv(held["sigma"])
            mean = [np.clip(x[m] @ inverse[m] @ held["target"][m], 0, 1) for m in range(L)]
            norm = [math.sqrt(x[m] @ inverse[m] @ x[m]) for m in range(L)]
            for m in range(L):
                v = 1.0
                if m + 1 < L:
                    v = max(mean[m + 1] - mean[m] ** 2, 0.0) + min(1, 0.3 * norm[m + 1]) + min(1, 0.6 * norm[m])
                v = max(v, norm[m], 1 / 4)
                sigma[m] += np.outer(x[m], x[m]) / v
                target[m] += x[m] * U[after] ** (2.0**m) / v
        clock = (clock + 1) % 4
        if not clock:
            held.update(sigma=sigma.copy(), target=target.copy(), ahead=agent.ahead[0].copy())
            held.update(sought=agent.sought[0].copy())

    held.update(ahead=held["ahead"].copy(), sought=held["sought"].copy())
    agent.learn(40, see)
    np.testing.assert_allclose(agent.sigma[0], sigma, rtol=1e-9)
    np.testing.assert_allclose(agent.target[0], target, rtol=1e-9, atol=1e-12)


def test_the_truth_stays_in_the_ellipsoid():
    agent = explorer(60, 8)
    out = np.zeros(60, dtype=bool)
    for _ in range(10):
        agent.learn(60 * 8 * 6)
        error = agent.theta - THETA
        far = np.sqrt(np.einsum("md,mde,me->m", error, agent.sigma[:, 0], error))
        observations = 2 * agent.num_timesteps / 60
        # The bound of self-normalised martingales with noise of deviation 1, and the ridge.
        bound = math.sqrt(D * math.log(1 + observations * 8 / (D * 0.01)) + 2 * math.log(1 / 0.05)) + 0.1
        out |= far > bound
    assert out.mean() <= 0.05
    # Sure it is not for nothing: the ellipsoid is small by then.
    assert np.abs(agent.theta - THETA).max(1).mean() < 0.15


def test_a_norm_that_rounding_makes_negative_is_none():
    agent = explorer(1, 4)
    agent.inverse[0, -1] -= 2e-17 + agent.inverse[0, -1]  # what is left of Σ⁻¹ when all is known, and rounded
    x = np.full((1, 2, agent.sigma.shape[1], D), 0.5)
    found = agent.variance(np.zeros(1, dtype=int), x)
    assert np.isfinite(found).all() and (found >= 1 / 4).all()


def worst(agent, tasks, horizon):
    """[M] the largest error, over rewards that come later, of the value of a plan at the start."""
    error = np.zeros(agent.memories)
    for R in tasks:
        exact = WORLD.with_reward(R).solve(horizon).V[0, 0]
        error = np.maximum(error, np.abs(agent.plan_for(R)[:, 0, 0].max(1) - exact))
    return error


def tasks(horizon, n=10):
    """Rewards of which an episode pays at most 1."""
    rng = np.random.default_rng(5)
    return [(rng.random((S, A)) < 0.3) * rng.random((S, A)) / horizon for _ in range(n)]


def test_the_worst_error_falls_as_one_over_the_root_of_the_episodes():
    agent, points, done, grid = explorer(40, 5), [], 0, [30, 90, 270]
    for episodes in grid:
        agent.learn(40 * 5 * (episodes - done))
        done = episodes
        points.append(np.sqrt((worst(agent, tasks(5, 5), 5) ** 2).mean()))
    p = np.polyfit(np.log(grid), np.log(points), 1)[0]
    assert -0.65 < p < -0.35, (p, points)


def test_a_longer_horizon_needs_no_more_episodes():
    errors = {}
    for horizon in (5, 20):
        agent = explorer(16, horizon)
        agent.learn(16 * horizon * 40)
        errors[horizon] = worst(agent, tasks(horizon), horizon).mean()
    assert errors[20] < 1.25 * errors[5]


def test_plans_become_the_best_for_every_reward():
    agent = explorer(6, 6)
    agent.learn(6 * 6 * 150)
    for R in tasks(6):
        task = WORLD.with_reward(R)
        best = task.solve(6).value
        for q in agent.plan_for(R):
            assert task.evaluate(q.argmax(2), 6).value > best - 0.02


@pytest.mark.parametrize(
    "options",
    [{"horizon": 0}, {"beta": 0.0}, {"ridge": 0.0}, {"floor": 0.0}, {"doubt": -1.0}, {"kernels": None},
     {"kernels": np.ones((2, 4, 2, 4))}, {"kernels": KERNELS}],
)  # fmt: skip
def test_mistakes_are_named(options):
    given = {"kernels": np.full((1, 4, 2, 4), 0.25), **options}
    with pytest.raises(BadOption, match=next(iter(options))):
        HorizonFreeExploration(telling(garnet(0, 4, 2), 1), **given)
    agent = explorer(1)
    with pytest.raises(BadOption, match="shape"):
        agent.plan_for(np.zeros(3))


def test_a_file_keeps_kernels_and_regressions(tmp_path):
    agent = explorer(2, 5).learn(100)
    agent.save(tmp_path / "a")
    back = HorizonFreeExploration.load(tmp_path / "a")
    np.testing.assert_array_equal(back.theta, agent.theta)
    np.testing.assert_array_equal(back.plan_for(tasks(5)[0]), agent.plan_for(tasks(5)[0]))
