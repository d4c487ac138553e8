"""The laws of errors: moments, tails, planted responses, closed forms, the same in torch."""

import numpy as np
import pytest
import torch
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.gold_errors import (
    KINDS,
    Gaussian,
    Hack,
    Linear,
    Middling,
    Net,
    Shortcut,
    Student,
    Two,
    Upper,
    errors_of,
)


def drawn(law, shape=(100_000,), seed=0):
    rng = np.random.default_rng(seed)
    return law.base(lambda s: rng.normal(size=s), lambda s: rng.random(s), shape)


def test_gaussian_errors_are_normal_independent_and_of_their_size():
    law = Gaussian(members=3, s=1.5)
    z = drawn(law)
    error = (law.proxies(z) - law.gold(z)[:, None]) / 1.5
    assert stats.kstest(error.reshape(-1), "norm").pvalue > 0.001
    np.testing.assert_allclose(np.cov(error.T, law.gold(z)), np.eye(4), atol=0.02)


def test_student_errors_have_two_degrees_of_freedom_and_stay_finite():
    law = Student(members=2, s=0.5)
    z = drawn(law)
    error = (law.proxies(z) - law.gold(z)[:, None]) / 0.5
    assert stats.kstest(error[:, 0], "t", (2,)).pvalue > 0.001
    edge = law.base(lambda s: np.full(s, 8.6), np.zeros, (1,))
    assert np.isfinite(edge).all() and np.abs(edge).max() < law.reach


def test_upper_errors_overrate_the_tail_alone():
    law = Upper()
    z = drawn(law, (400_000,))
    q, h = law.proxies(z), law.properties(z)
    below = q <= 1.0
    np.testing.assert_array_equal(q[below], h[below])
    assert (h[~below] <= q[~below]).all()
    np.testing.assert_allclose(law.gold(z), h.sum(1))
    for low, high in ((1.4, 1.6), (1.9, 2.1)):  # E[h | q] = q − (q − 1)²
        band = (q > low) & (q < high)
        assert h[band].mean() == pytest.approx((q[band] - (q[band] - 1) ** 2).mean(), abs=0.03)


def test_shortcuts_mix_gold_and_feature_by_their_variances():
    law = Shortcut(a=2.0, b=(0.0, 1.0, 3.0), v=0.5, w=2.0)
    z = drawn(law)
    g, q = law.gold(z), law.proxies(z)
    assert g.var() == pytest.approx(0.5, rel=0.02) and law.count == 3
    np.testing.assert_allclose(q[:, 0], 2.0 * g)
    np.testing.assert_allclose(q.var(0), [2.0, 4.0, 20.0], rtol=0.03)
    for j, b in enumerate((0.0, 1.0, 3.0)):
        for kl in (0.5, 2.0):
            known = 2.0 * 0.5 * np.sqrt(2 * kl / (4.0 * 0.5 + b * b * 2.0))
            assert law.gain(kl, np.eye(3)[j]) == pytest.approx(known, rel=1e-12)


def test_planted_responses_look_excellent_and_are_bad():
    law = Hack(s=0.5)
    rng = np.random.default_rng(0)
    z = drawn(law, (100, 50))
    where = law.plant(z, rng)
    assert (where.sum(1) == 2).all() and len(np.unique(where.argmax(1))) > 20
    np.testing.assert_allclose(law.proxies(z)[where], 8.0)
    np.testing.assert_allclose(law.gold(z)[where], -2.0)
    assert (law.proxies(z)[~where] - law.gold(z)[~where][:, None]).std() == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_two_proxies_have_their_correlation_and_the_gold_its_peak(rho):
    law = Two(rho=rho)
    z = drawn(law)
    q = law.proxies(z)
    np.testing.assert_allclose(np.cov(q.T), [[1, rho], [rho, 1]], atol=0.02)
    np.testing.assert_allclose(law.gold(z), -((q[:, 0] - 1) ** 2) - (q[:, 1] - 0.8) ** 2)
    assert law.gold(z).mean() - law.gold(np.zeros(2)) == pytest.approx(law.spread, abs=0.05)


def test_the_curved_gold_follows_its_law_in_root_kl():
    law = Linear(slope=2.0, cosine=0.8, c=0.5, dimension=6)
    d = np.linspace(0, 4, 9)
    np.testing.assert_allclose(law.gain(d**2), np.sqrt(2) * d * 1.6 - 0.5 * d**2, atol=1e-12)
    peak = 1.6 / (np.sqrt(2) * 0.5)
    assert law.gain(peak**2) > max(law.gain((0.99 * peak) ** 2), law.gain((1.01 * peak) ** 2))
    z = drawn(law)
    assert law.gold(z).mean() == pytest.approx(law.spread, abs=0.03)
    a = np.array([1.6, 1.2, 0, 0, 0, 0])
    np.testing.assert_allclose(law.gold(z), z @ a - 0.25 * (z**2).sum(1), atol=1e-12)


def test_filtering_by_rank_explains_as_much_as_was_measured_elsewhere():
    # R² of the true score on the proxy, eight draws of which some ranks are kept.
    measured = {1.0: (0.898, 0.910, 0.978), 2.0: (0.688, 0.387, 0.757)}
    for c, known in measured.items():
        law = Middling(c=c)
        z = drawn(law, (60_000, 8))
        x, g = law.proxies(z)[..., 0], law.gold(z)
        order = x.argsort(1)
        for ranks, r2 in zip((list(range(8)), [7], [0, 7]), known, strict=True):
            kept = order[:, ranks]
            pair = [np.take_along_axis(v, kept, 1).reshape(-1) for v in (x, g)]
            assert np.corrcoef(*pair)[0, 1] ** 2 == pytest.approx(r2, abs=0.01)


def test_the_gold_of_a_net_is_standard_and_is_not_linear():
    law = Net(members=2, s=0.5)
    z = drawn(law, (40_000,))
    g = law.gold(z)
    assert g.mean() == pytest.approx(0.0, abs=0.03) and g.std() == pytest.approx(1.0, abs=0.03)
    error = law.proxies(z) - g[:, None]
    np.testing.assert_allclose(error.std(0), 0.5, rtol=0.02)
    phi = np.column_stack([z[:, :32], np.ones(len(z))])
    left = g - phi @ np.linalg.lstsq(phi, g, rcond=None)[0]
    assert 0.05 < left.var() < 0.9
    assert (Net(seed=1).gold(z[:5, :33]) != Net(seed=0).gold(z[:5, :33])).all()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_torch_says_what_numpy_says(name):
    law = errors_of(name, None, where="a test")
    z = drawn(law, (7, 3))
    t = torch.as_tensor(z)
    np.testing.assert_allclose(law.gold(t).numpy(), law.gold(z), atol=1e-12)
    np.testing.assert_allclose(law.proxies(t).numpy(), law.proxies(z), atol=1e-12)
    assert law.proxies(z).shape == (7, 3, law.count) and law.gold(z).shape == (7, 3)
    assert len(law.weights) == law.count and z.shape[-1] == law.size


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("gausian", {}, "did you mean 'gaussian'"),
        ("two", {"roh": 0.5}, "did you mean 'rho'"),
        ("two", {"rho": 1.5}, "rho"),
        ("gaussian", {"members": 0}, "members >= 1"),
        ("gaussian", {"s": -1.0}, "s >= 0"),
        ("upper", {"s": -1.0}, "s >= 0"),
        ("shortcut", {"v": 0.0}, "variances above 0"),
        ("shortcut", {"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]}, "as many a as b"),
        ("hack", {"s": 0.0}, "s > 0"),
        ("linear", {"dimension": 1}, "d >= 2"),
        ("net", {"hidden": 0}, "sizes >= 1"),
    ],
)
def test_mistakes_are_named(name, options, words):
    with pytest.raises(BadOption, match=words):
        errors_of(name, options, where="a test")
