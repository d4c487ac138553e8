"""Regularised leaders: optimality conditions, closed forms, limits, and a numerical optimiser beside them."""

import numpy as np
import pytest
from scipy.optimize import minimize

from rewardlab.agents.loops import regularisers as of
from rewardlab.core.errors import BadOption

RNG = np.random.default_rng(0)
LOSSES = [
    RNG.normal(size=(40, 7)),
    1e3 * RNG.normal(size=(40, 5)),
    np.cumsum(RNG.random((40, 3)), 0) - 5e5,
    np.zeros((1, 6)),
    RNG.normal(size=(3, 4, 2)),
]
ETAS = (0.01, 1.0, 30.0)


def slope(kind, p):
    """R'(p)."""
    return {
        "simplex_entropy": lambda: np.log(p),
        "simplex_euclid": lambda: p,
        "simplex_barrier": lambda: -1 / p,
        "simplex_tsallis": lambda: -2 / np.sqrt(p),
    }[kind]()


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize("eta", ETAS)
@pytest.mark.parametrize("kind", ["simplex_entropy", "simplex_euclid", "simplex_barrier", "simplex_tsallis"])
def test_the_simplex_meets_its_optimality_conditions(kind, losses, eta):
    p = getattr(of, kind)(losses, eta)
    assert p.shape == losses.shape and (p >= 0).all()
    np.testing.assert_allclose(p.sum(-1), 1.0, atol=1e-14)
    z = eta * losses - (eta * losses).min(-1, keepdims=True)
    if kind in ("simplex_barrier", "simplex_tsallis"):  # η L + R'(p) is the same for all arms: here solved for p
        q, power = {"simplex_barrier": (1.0, 1.0), "simplex_tsallis": (0.5, 2.0)}[kind]
        best = np.take_along_axis(p, losses.argmin(-1)[..., None], -1)
        again = (q * (z + best ** (-1 / power) / q)) ** -power
        np.testing.assert_allclose(again, p, rtol=1e-10)
        assert (p > 0).all()
        return
    inside = p > 1e-300
    with np.errstate(divide="ignore"):
        total = z + slope(kind, p)
    least = np.where(inside, total, np.inf).min(-1, keepdims=True)
    assert (np.abs(total - least)[inside] < 1e-10 * (1 + z.max())).all()
    if kind == "simplex_euclid":  # arms without mass are not worth any
        assert (total >= least - 1e-10 * (1 + z.max())).all()


@pytest.mark.parametrize("kind", ["simplex_entropy", "simplex_euclid", "simplex_barrier", "simplex_tsallis"])
def test_a_numerical_optimiser_finds_nothing_better(kind):
    value = {
        "simplex_entropy": lambda p: (p * np.log(p)).sum(),
        "simplex_euclid": lambda p: 0.5 * (p**2).sum(),
        "simplex_barrier": lambda p: -np.log(p).sum(),
        "simplex_tsallis": lambda p: -4 * (np.sqrt(p) - p / 2).sum(),
    }[kind]
    for seed in range(5):
        losses, eta = np.random.default_rng(seed).normal(size=4), 0.7
        mine = getattr(of, kind)(losses, eta)

        def loss(p, losses=losses, eta=eta):
            return p @ losses + value(p) / eta

        sums = {"type": "eq", "fun": lambda p: p.sum() - 1}
        found = minimize(loss, np.full(4, 0.25), bounds=[(1e-9, 1)] * 4, constraints=[sums], tol=1e-14)
        assert loss(np.maximum(mine, 1e-300)) <= found.fun + 1e-8
        np.testing.assert_allclose(mine, found.x, atol=2e-3)


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.8])
def test_tsallis_meets_its_condition_for_every_power(alpha):
    losses = RNG.normal(size=(30, 6))
    p = of.simplex_tsallis(losses, 2.0, alpha=alpha)
    total = 2.0 * losses - (p ** (alpha - 1) - 1) / (1 - alpha)
    np.testing.assert_allclose(total, np.broadcast_to(total[:, :1], total.shape), rtol=1e-10)


def test_tsallis_lies_between_the_barrier_and_the_entropy():
    losses = RNG.normal(size=(20, 5))
    np.testing.assert_allclose(of.simplex_tsallis(losses, alpha=1e-7), of.simplex_barrier(losses), rtol=1e-5)
    np.testing.assert_allclose(of.simplex_tsallis(losses, alpha=1 - 1e-6), of.simplex_entropy(losses), rtol=1e-4)


def test_rows_have_learning_rates_of_their_own():
    losses, etas = RNG.normal(size=(4, 3)), np.array([0.1, 1.0, 2.0, 9.0])
    for solve in (of.simplex_entropy, of.simplex_euclid, of.simplex_barrier, of.simplex_tsallis, of.ball_barrier):
        rows = [solve(row, eta) for row, eta in zip(losses, etas, strict=True)]
        np.testing.assert_allclose(solve(losses, etas), rows, rtol=1e-13)


@pytest.mark.parametrize("radius", [0.5, 2.0])
def test_the_ball_and_the_box(radius):
    losses, eta = RNG.normal(size=(50, 3)) * np.geomspace(0.01, 100, 50)[:, None], 1.5
    p = of.ball_barrier(losses, eta, radius=radius)  # in the interior: the gradient vanishes
    rest = radius**2 - (p**2).sum(-1, keepdims=True)
    np.testing.assert_allclose(eta * losses + 2 * p / rest, 0.0, atol=1e-10 * (1 + 1e4 * np.abs(losses).max()))
    assert (rest > 0).all()
    p = of.ball_euclid(losses, eta, radius=radius)
    inside = np.linalg.norm(eta * losses, axis=-1) <= radius
    np.testing.assert_allclose(p[inside], -eta * losses[inside], rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(p[~inside], axis=-1), radius, rtol=1e-12)
    others = of.onto_ball(RNG.normal(size=(200, 3)), radius)  # no feasible point is better
    cost = (others @ losses.T) + 0.5 * (others**2).sum(-1)[:, None] / eta
    assert (((p * losses).sum(-1) + 0.5 * (p**2).sum(-1) / eta) <= cost + 1e-9).all()
    box = of.box_euclid(losses, eta, low=-1.0, high=[0.5, 1.0, 2.0])
    np.testing.assert_array_equal(box, np.clip(-eta * losses, -1.0, [0.5, 1.0, 2.0]))
    assert (of.ball_euclid(np.zeros(3)) == 0).all() and (of.ball_barrier(np.zeros(3)) == 0).all()


def test_projections_are_the_nearest_points():
    x = 3 * RNG.normal(size=(30, 5))
    p = of.onto_simplex(x)
    others = RNG.dirichlet(np.full(5, 0.3), size=300)
    assert (((p - x) ** 2).sum(-1) <= ((others[:, None] - x) ** 2).sum(-1) + 1e-12).all()
    inside = RNG.dirichlet(np.ones(5), size=10)
    np.testing.assert_allclose(of.onto_simplex(inside), inside, atol=1e-15)
    np.testing.assert_allclose(of.onto_simplex(inside + 1e6), inside, atol=1e-9)


def test_mistakes_are_named():
    for losses in ([0.0, np.nan], [np.inf, 0.0]):
        with pytest.raises(BadOption, match="not finite"):
            of.simplex_barrier(losses)
    for eta in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(BadOption, match="eta"):
            of.simplex_entropy([0.0, 1.0], eta)
    for alpha in (0.0, 1.0, 2.0):
        with pytest.raises(BadOption, match="alpha"):
            of.simplex_tsallis([0.0, 1.0], alpha=alpha)
