"""Likelihood sets of mixtures: fits against EM and scipy, sets against exact ends, and the bound of portfolios."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq, minimize

from rewardlab.agents.loops.mixture_sets import Seen, fit, furthest, missed, seen_of


def drawn(seed, d, steps, cells=40, concentration=0.3):
    """Transitions of a mixture with drawn weights, of which often some are all but 0."""
    rng = np.random.default_rng(seed)
    law = rng.dirichlet(np.full(cells, concentration), d)  # [d, cells]
    times = rng.multinomial(steps, rng.dirichlet(np.full(d, 0.5)) @ law)
    seen = times > 0
    return Seen(law[:, seen].T, times[seen].astype(float)), rng


CASES = [
    (seed, d, steps) for seed, (d, steps) in enumerate([(2, 7), (2, 3000), (3, 40), (4, 5), (4, 900), (6, 20_000)])
]


@pytest.mark.parametrize(("seed", "d", "steps"), CASES)
def test_the_fit_is_that_of_em_and_of_scipy(seed, d, steps):
    seen, _ = drawn(seed, d, steps)
    em = np.full(d, 1 / d)
    for _ in range(3000):
        em = em * seen.slope(em) / steps
    peer = minimize(
        lambda x: -seen.score(x), np.full(d, 1 / d), jac=lambda x: -seen.slope(x), bounds=[(1e-12, 1)] * d,
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1}, method="SLSQP", options={"ftol": 1e-12},
    )  # fmt: skip
    best = fit(seen)
    assert best.sum() == pytest.approx(1) and (best > 0).all()
    assert seen.score(best) >= max(seen.score(em), -peer.fun) - 1e-6
    assert seen.score(em) >= seen.score(best) - 1e-3  # and no higher than what is possible
    np.testing.assert_allclose(best, em, atol=2e-3)


@pytest.mark.parametrize(("seed", "d", "steps"), CASES)
def test_what_is_missed_is_bounded_by_the_slope(seed, d, steps):
    seen, rng = drawn(seed, d, steps)
    top = seen.score(fit(seen))
    for theta in rng.dirichlet(np.ones(d), 20):
        slope = seen.slope(theta)
        assert theta @ slope == pytest.approx(steps)
        assert top - seen.score(theta) <= missed(steps, slope) + 1e-6
        step = 1e-6 * (np.eye(d)[0] - theta)
        rise = (seen.score(theta + step) - seen.score(theta - step)) / 2
        assert rise == pytest.approx(slope @ step, rel=1e-4, abs=1e-8)
    assert missed(steps, seen.slope(fit(seen))) < 1e-4 and missed(0, np.zeros(d)) == 0.0


@pytest.mark.parametrize("steps", [0, 3, 30, 1000, 50_000])
@pytest.mark.parametrize("beta", [0.3, 4.0])
def test_of_two_kernels_the_set_is_a_segment_with_exact_ends(steps, beta):
    seen, _ = drawn(steps, 2, steps)
    best = fit(seen)

    def deficit(x):
        return seen.score(best) - seen.score(np.array([x, 1 - x])) - beta

    low = brentq(deficit, 0.0, best[0], xtol=1e-13) if deficit(0.0) > 0 else 0.0
    high = brentq(deficit, best[0], 1.0, xtol=1e-13) if deficit(1.0) > 0 else 1.0
    for direction, end in (([1.0, 0.0], high), ([-5.0, 2.0], low)):
        found = furthest(seen, best, np.array(direction), beta)
        assert found[0] == pytest.approx(end, abs=2e-6)
        assert deficit(found[0]) <= 1e-9


@pytest.mark.parametrize(("seed", "d", "steps"), CASES)
def test_the_furthest_point_is_that_of_scipy(seed, d, steps):
    seen, rng = drawn(seed, d, steps)
    best, beta = fit(seen), 2.0
    top = seen.score(best)
    for c in rng.normal(size=(4, d)):
        peer = minimize(
            lambda x, c=c: -c @ x, best, jac=lambda x, c=c: -c, bounds=[(1e-10, 1)] * d, method="SLSQP",
            constraints=[
                {"type": "eq", "fun": lambda x: x.sum() - 1},
                {"type": "ineq", "fun": lambda x: beta - top + seen.score(x), "jac": seen.slope},
            ], options={"ftol": 1e-12, "maxiter": 300},
        )  # fmt: skip
        found = furthest(seen, best, c, beta)
        assert top - seen.score(found) <= beta + 1e-9 and found.sum() == pytest.approx(1) and (found >= 0).all()
        assert c @ found >= -peer.fun - 5e-6 * np.ptp(c)


def test_a_direction_that_favours_none_leaves_the_fit_and_kernels_that_cannot_are_excluded():
    seen, _ = drawn(1, 3, 50)
    np.testing.assert_array_equal(furthest(seen, fit(seen), np.full(3, 0.7), 1.0), fit(seen))
    kernels = np.zeros((3, 1, 1, 3))
    kernels[0, 0, 0, :2], kernels[1, 0, 0, 1], kernels[2, 0, 0, 1] = 0.5, 1.0, 1.0
    seen = seen_of(kernels, np.array([[[4.0, 5.0, 9.0]]]))  # the third state comes of none, which says nothing
    assert seen.times.tolist() == [4.0, 5.0] and seen.chance.tolist() == [[0.5, 0, 0], [0.5, 1, 1]]
    assert seen.score(np.array([0.0, 0.5, 0.5])) == -np.inf
    # ½ θ can be 4 / 9 at most for θ = 8 / 9, however the rest is shared.
    assert fit(seen)[0] == pytest.approx(8 / 9, abs=1e-4)
    least = furthest(seen, fit(seen), np.array([-1.0, 0.0, 0.0]), 2.0)[0]
    assert 4 * math.log(least / 2) + 5 * math.log(1 - least / 2) == pytest.approx(seen.score(fit(seen)) - 2.0, abs=1e-4)


@pytest.mark.parametrize("kind", ["pure", "even", "mixed"])
def test_the_mean_likelihood_falls_short_of_the_largest_by_no_more_than_portfolios_do(kind):
    grid = (np.arange(20_000) + 0.5) / 20_000 * math.pi / 2
    theta = np.stack([np.sin(grid) ** 2, np.cos(grid) ** 2], 1)  # uniform angles: a Dirichlet law of ½ and ½
    for steps in (2, 10, 1000):
        if kind == "mixed":
            seen, _ = drawn(steps, 2, steps)
        else:
            seen = Seen(np.eye(2), np.array([steps, 1e-9] if kind == "pure" else [steps / 2] * 2))
        score = seen.score(theta)
        mean = score.max() + math.log(np.exp(score - score.max()).mean())
        short, bound = seen.score(fit(seen)) - mean, 0.5 * math.log(steps + 1) + math.log(2)
        assert short <= bound + 1e-6
        assert kind == "mixed" or short > bound - 0.6  # the bound is not far off
