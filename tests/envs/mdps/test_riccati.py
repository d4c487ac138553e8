"""Riccati: the steady plan against SciPy's solver, the plans of a horizon against least squares over all forces."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are

from rewardlab.core.errors import BadOption
from rewardlab.envs.mdps.riccati import System, back, nothing, plans_of, steady


def system(seed, n=3, m=2, noise=0.0):
    rng = np.random.default_rng(seed)
    A, B = rng.normal(size=(n, n)), rng.normal(size=(n, m))
    Q, R = rng.normal(size=(n, n)), rng.normal(size=(m, m))
    return System(A, B, Q @ Q.T, R @ R.T + 0.1 * np.eye(m), rng.normal(size=n), noise)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("gamma", [0.7, 0.99, 1.0])
def test_the_steady_plan_is_that_of_scipy(seed, gamma):
    s = system(seed)._replace(q=np.zeros(3))
    g = np.sqrt(gamma)
    np.testing.assert_allclose(steady(s, gamma).P, solve_discrete_are(g * s.A, g * s.B, s.Q, s.R), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_a_steady_plan_is_a_fixed_point_with_its_constant(seed):
    s = system(seed, noise=0.4)
    plan = steady(s, 0.9)
    again = back(s, plan, 0.9)
    for name in ("P", "p", "K", "k", "M"):
        np.testing.assert_allclose(getattr(again, name), getattr(plan, name), rtol=1e-8, atol=1e-10)
    assert again.c == pytest.approx(plan.c, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_a_horizon_is_a_quadratic_programme(seed):
    """Stack all forces: x_t = F_t x_0 + G_t u, so that the return is one quadratic in u, solved at once."""
    s, H = system(seed), 4
    plans, x0 = plans_of(s, H), np.array([0.3, -0.5, 0.2])
    F, G = [np.eye(3)], [np.zeros((3, 2 * H))]
    for t in range(H):
        step = np.zeros((2, 2 * H))
        step[:, 2 * t : 2 * t + 2] = np.eye(2)
        F.append(s.A @ F[t])
        G.append(s.A @ G[t] + s.B @ step)
    curve = sum(G[t].T @ s.Q @ G[t] for t in range(H)) + np.kron(np.eye(H), s.R)
    slope = sum(G[t].T @ (s.q - 2 * s.Q @ F[t] @ x0) for t in range(H))
    u = np.linalg.solve(2 * curve, slope)
    value = slope @ u - u @ curve @ u + sum(s.q @ F[t] @ x0 - x0 @ F[t].T @ s.Q @ F[t] @ x0 for t in range(H))
    first = plans[0]
    assert first.p @ x0 - x0 @ first.P @ x0 + first.c == pytest.approx(value, rel=1e-8)
    np.testing.assert_allclose(first.k - first.K @ x0, u[:2], rtol=1e-6, atol=1e-9)
    assert len(plans) == H and np.abs(nothing(s).P).max() == 0


def test_what_cannot_be_kept_is_refused():
    s = System(np.diag([2.0, 0.5]), np.array([[0.0], [1.0]]), np.eye(2), np.eye(1), np.zeros(2), 0.1)
    with pytest.raises(BadOption, match="finite optimum"):
        steady(s, 0.99)
    kept = s._replace(A=np.diag([0.9, 0.5]))
    assert np.isfinite(steady(kept, 0.99).c)
    with pytest.raises(BadOption, match="finite optimum"):
        steady(kept, 1.0)  # the noise costs something at every step, for ever
