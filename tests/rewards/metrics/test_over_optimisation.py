"""Curves of gold against proxy: closed forms, the unbiased estimator, and fits that find what was put in."""

import itertools
import math

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import best_of_divergence
from rewardlab.rewards.metrics import Curve, best_of_curve, fit_law, pool_curve, tilted_curve


def test_the_pool_estimator_is_the_mean_over_all_subsets():
    rng = np.random.default_rng(0)
    proxy, gold = rng.normal(size=(2, 3, 7))
    curve = pool_curve(proxy, gold, [1, 3, 5, 7])
    for n, p, g in zip([1, 3, 5, 7], curve.proxy, curve.gold, strict=True):
        picks = [list(s) for s in itertools.combinations(range(7), n)]
        best = [[s[int(np.argmax(proxy[q, s]))] for s in picks] for q in range(3)]
        assert p == pytest.approx(np.mean([proxy[q, best[q]].mean() for q in range(3)]))
        assert g == pytest.approx(np.mean([gold[q, best[q]].mean() for q in range(3)]))
    np.testing.assert_allclose(curve.kl, [best_of_divergence(n) for n in (1, 3, 5, 7)])


def test_with_gaussian_errors_the_gold_of_the_best_is_that_of_the_closed_form():
    # gold z ~ N(0, 1), the mean of k proxies z + s e / √k: E[gold] = E[max of n normals] / √(1 + s² / k)
    rng, n, k, s = np.random.default_rng(1), 64, 5, 1.5
    gold = rng.normal(size=(400, 1024))
    proxy = gold + s * rng.normal(size=gold.shape) / math.sqrt(k)
    top = np.sort(rng.normal(size=(20_000, n)), axis=-1)[:, -1].mean()
    assert pool_curve(proxy, gold, [n]).gold[0] == pytest.approx(top / math.sqrt(1 + s**2 / k), abs=0.02)
    assert top / math.sqrt(1 + s**2 / k) == pytest.approx(1.95, abs=0.03)


def test_tables_rise_and_fall_where_the_proxy_is_wrong_at_the_top():
    rng = np.random.default_rng(2)
    gold = rng.normal(size=(40, 2000))
    proxy = gold + 1.5 * rng.standard_t(2, size=gold.shape)  # heavy tails: the best by the proxy is an accident
    reference = np.full(gold.shape, 1 / 2000)
    for curve in (
        tilted_curve(reference, proxy, gold, np.geomspace(0.3, 20, 40)),
        best_of_curve(reference, proxy, gold, [1, 2, 4, 8, 16, 64, 256, 1024]),
    ):
        assert (np.diff(curve.kl) > 0).all() and (np.diff(curve.proxy) > 0).all()
        assert curve.over_optimisation > 0.1 and 0 < curve.peak_kl < curve.kl[-1]
        assert curve.peak == curve.gold.max()


def test_a_true_proxy_is_never_over_optimised():
    gold = np.random.default_rng(3).normal(size=(5, 50))
    curve = tilted_curve(np.full(gold.shape, 0.02), gold, gold, [0.01, 0.1, 1, 10])
    assert curve.over_optimisation == 0.0 and curve.peak_kl == curve.kl[-1]


def test_best_of_n_follows_the_tables():
    gold = np.arange(4.0)[None]
    curve = best_of_curve(np.full((1, 4), 0.25), gold, gold, [1, 2])
    assert curve.gold[0] == pytest.approx(1.5)
    assert curve.gold[1] == pytest.approx((0 * 1 + 1 * 3 + 2 * 5 + 3 * 7) / 16)


@pytest.mark.parametrize("logarithmic", [True, False])
def test_the_fit_finds_the_law_and_its_peak(logarithmic):
    d = np.linspace(0.2, 4, 30)
    a, b = 1.3, 0.6
    gold = d * (a - b * (np.log(d) if logarithmic else d))
    law = fit_law(d, gold, logarithmic=logarithmic)
    assert (law.a, law.b, law.r_squared) == (pytest.approx(a), pytest.approx(b), pytest.approx(1.0))
    dense = np.linspace(0.01, 20, 200_001)
    assert law.peak == pytest.approx(dense[law(dense).argmax()], abs=2e-4)
    assert fit_law(d, gold, logarithmic=not logarithmic).r_squared < 1 - 1e-4
    assert fit_law(d, 2.0 * d).peak == math.inf or fit_law(d, 2.0 * d).peak > 1e6


def test_mistakes_are_named():
    with pytest.raises(BadOption, match=r"1\.\.4"):
        pool_curve(np.zeros((1, 4)), np.zeros((1, 4)), [5])
    with pytest.raises(BadOption, match="fit_law"):
        fit_law(np.array([0.0, 1.0, 2.0]), np.zeros(3))
    assert Curve(np.arange(3.0), np.arange(3.0), np.array([0.0, 2.0, 1.5])).over_optimisation == 0.5
