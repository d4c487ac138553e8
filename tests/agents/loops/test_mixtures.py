"""Mixtures of kernels: exact moments, and the corner that is known least."""

import numpy as np

from rewardlab.agents.loops.mixtures import most_uncertain, variance_of_moments

D, S, A = 3, 6, 2
THETA = np.array([0.6, 0.3, 0.1])
KERNELS = np.random.default_rng(0).dirichlet(np.full(S, 0.3), (D, S, A))


def test_the_recursion_of_moments_is_exact_for_the_true_mixture():
    rng = np.random.default_rng(1)
    U, P = rng.random(S), np.einsum("d,dsay->say", THETA, KERNELS)
    powers = U ** (2.0 ** np.arange(5))[:, None]  # [L, S]
    x = np.einsum("dsay,ly->sald", KERNELS, powers)
    found = variance_of_moments(x @ THETA)
    mean = np.einsum("say,ly->sal", P, powers)
    exact = np.einsum("say,saly->sal", P, (powers[None, None] - mean[..., None]) ** 2)[..., :-1]
    np.testing.assert_allclose(found, exact, atol=1e-12)


def test_the_most_uncertain_function_is_the_best_of_all_corners_and_of_many_inner_points():
    rng = np.random.default_rng(2)
    root = rng.normal(size=(2, D, D))
    inverse = root @ root.transpose(0, 2, 1)
    V, width = most_uncertain(KERNELS, inverse)

    def norm(U):  # U [n, S, A, S] -> [n, S, A]
        x = np.einsum("dsay,nsay->nsad", KERNELS, U)
        return np.sqrt(np.einsum("nsad,nde,nsae->nsa", x, inverse, x))

    np.testing.assert_allclose(norm(V), width, atol=1e-12)
    for _ in range(300):
        assert (norm(rng.random(V.shape)) <= width + 1e-12).all()


def test_with_many_states_the_ascent_comes_close_to_all_corners(monkeypatch):
    inverse = np.linalg.inv(np.cov(np.random.default_rng(3).normal(size=(D, 9))))[None]
    _, exact = most_uncertain(KERNELS, inverse)
    monkeypatch.setattr("rewardlab.agents.loops.mixtures._ENUMERATED", 2)
    V, found = most_uncertain(KERNELS, inverse)
    assert (found <= exact + 1e-12).all() and (found >= 0.9 * exact).all() and (found > 0.999 * exact).mean() > 0.7
    assert set(np.unique(V)) <= {0.0, 1.0}
