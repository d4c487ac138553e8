"""The most hopeful mixture: gains and slopes against the exact solver, the optimum against a grid."""

import numpy as np
import pytest

from rewardlab.agents.loops.mixture_optimism import mixed, most_hopeful, promise
from rewardlab.agents.loops.mixture_sets import fit, seen_of
from rewardlab.core.mdp import TabularMDP


def process(seed, d, states=4, actions=2):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(states, 0.3), (d, states, actions)), rng.random((states, actions)), rng


def played(kernels, theta, steps, rng):
    """Counts [S, A, S] of steps from pairs drawn at random."""
    S, A = kernels.shape[1:3]
    visits = rng.multinomial(steps, np.full(S * A, 1 / (S * A))).reshape(S, A)
    law = mixed(kernels, theta)
    return np.array([[rng.multinomial(visits[s, a], law[s, a]) for a in range(A)] for s in range(S)])


@pytest.mark.parametrize("seed", range(4))
def test_promises_and_their_slopes_are_exact(seed):
    kernels, R, rng = process(seed, 3)
    theta = rng.dirichlet(np.ones(3))
    gain, values, policy, slope = promise(kernels, R, theta)
    exact = TabularMDP(mixed(kernels, theta), R, gamma=None).solve()
    assert gain == pytest.approx(exact.value, abs=1e-9)
    np.testing.assert_allclose(values, exact.V - exact.V[0], atol=1e-7)
    for towards in np.eye(3):
        step = 1e-5 * (towards - theta)
        ends = [
            TabularMDP(mixed(kernels, theta + sign * step), R, gamma=None).evaluate(policy).value for sign in (1, -1)
        ]
        assert (ends[0] - ends[1]) / 2 == pytest.approx(slope @ step, rel=1e-4, abs=1e-12)


@pytest.mark.parametrize("steps", [0, 10, 300])
def test_on_a_segment_it_is_the_best_of_a_fine_grid(steps):
    inner = 0
    for seed in range(12):
        kernels, R, rng = process(seed, 2)
        seen = seen_of(kernels, played(kernels, rng.dirichlet(np.ones(2)), steps, rng))
        best, beta = fit(seen), 1.5
        theta, gain, values = most_hopeful(kernels, R, seen, best, beta)
        deficit = seen.score(best) - seen.score(theta)
        assert deficit <= beta + 1e-9 and gain == pytest.approx(promise(kernels, R, theta)[0], abs=1e-9)
        Q = R + mixed(kernels, theta) @ values
        np.testing.assert_allclose(Q.max(1), values + gain, atol=1e-7)  # Bellman's equation
        x = np.linspace(0, 1, 201)
        grid = np.stack([x, 1 - x], 1)
        allowed = grid[seen.score(best) - seen.score(grid) <= beta]
        assert gain >= max((promise(kernels, R, one)[0] for one in allowed), default=-np.inf) - 2e-6
        inner += deficit < beta - 0.01 and 0.001 < theta[0] < 0.999
    assert steps or inner  # with the whole segment allowed, the best lies inside of it in some processes


@pytest.mark.parametrize("seed", range(6))
def test_of_three_kernels_no_point_of_a_lattice_promises_more(seed):
    kernels, R, rng = process(100 + seed, 3, states=5)
    seen = seen_of(kernels, played(kernels, rng.dirichlet(np.ones(3)), 60, rng))
    best = fit(seen)
    gain = most_hopeful(kernels, R, seen, best, 2.0)[1]
    lattice = np.array([(i, j, 30 - i - j) for i in range(31) for j in range(31 - i)]) / 30
    allowed = lattice[seen.score(best) - seen.score(lattice) <= 2.0]
    assert len(allowed) > 5
    assert gain >= max(promise(kernels, R, one)[0] for one in allowed) - 2e-6
