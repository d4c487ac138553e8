"""Laws of pay: they are what they say, and their moments are those of the closed forms."""

import numpy as np
import pytest
from scipy import integrate, stats

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.pay import Pay, check_arms, clockwork

N = 20_000


def drawn(pay, mean=0.0, device=None):
    rng = Streams(range(N), device=device)
    return pay.draw(rng.xp.zeros_like(rng.seed) + mean, rng)


def two_sided(index):
    """The distribution function of a random sign and P(size > x) = (1 + x)^-index."""
    return lambda x: 0.5 + np.sign(x) * 0.5 * (1 - (1 + np.abs(x)) ** -index)


@pytest.mark.parametrize(
    ("tail", "index", "law"),
    [
        ("normal", 2.5, stats.norm.cdf),
        ("student", 2.5, stats.t(2.5).cdf),
        ("student", 1.2, stats.t(1.2).cdf),
        ("student", 30.0, stats.t(30.0).cdf),
        ("pareto", 1.5, two_sided(1.5)),
        ("pareto", 4.0, two_sided(4.0)),
    ],
)
def test_noise_follows_its_law_around_the_mean(tail, index, law):
    x = drawn(Pay(2.0, tail, index), mean=3.0)
    assert stats.kstest((x - 3.0) / 2.0, law).pvalue > 0.001
    assert stats.kstest((x - 3.0) / 1.9, law).pvalue < 0.05 or tail != "normal"  # a wrong scale is seen


def test_coins_pay_0_or_1_with_their_mean():
    x = drawn(Pay(None), mean=0.3)
    assert set(np.unique(x)) == {0.0, 1.0}
    assert stats.binomtest(int(x.sum()), N, 0.3).pvalue > 0.001


@pytest.mark.parametrize("order", [0.5, 1.0, 2.0, 2.4])
@pytest.mark.parametrize(
    ("tail", "density"),
    [
        ("normal", stats.norm.pdf),
        ("student", stats.t(2.5).pdf),
        ("pareto", lambda x: 1.25 * (1 + x) ** -3.5),
    ],
)
def test_moments_are_the_integrals(tail, density, order):
    # in y = log x the integrand is smooth, and its tail ends early enough for a finite range
    value, _ = integrate.quad(lambda y: 2 * np.exp(y * (order + 1)) * density(np.exp(y)), -30, 200, limit=400)
    assert Pay(3.0, tail, 2.5).moment(order) == pytest.approx(3.0**order * value, rel=1e-6)


def test_moments_beyond_the_index_are_infinite():
    for tail in ("student", "pareto"):
        assert Pay(1.0, tail, 2.5).moment(2.5) == np.inf
        assert np.isfinite(Pay(1.0, tail, 2.5).moment(2.49))
        assert Pay(0.0, tail, 2.5).moment(3.0) == 0.0
    assert Pay(2.0).moment(2) == pytest.approx(4.0)


@pytest.mark.parametrize(("tail", "index"), [("normal", 2.5), ("student", 1.1), ("pareto", 1.1), ("student", 5.0)])
def test_nothing_lies_beyond_the_farthest(tail, index):
    pay = Pay(1.0, tail, index)

    class Extreme(Streams):
        """Draws the largest number below 1, where heavy tails and normal numbers are farthest."""

        def uniform(self, shape=()):
            given = super().uniform(shape)
            self.asked = getattr(self, "asked", 0) + 1
            return given * 0 + (1 - 2.0**-53 if self.asked == 1 else 0.0)

    found = float(pay.draw(np.zeros(1), Extreme([0]))[0])
    assert 0.99 * pay.farthest <= abs(found) <= pay.farthest
    low, high = pay.reach(np.array([-1.0, 2.0]))
    assert low <= -1.0 - pay.farthest and high >= 2.0 + pay.farthest


@pytest.mark.parametrize("tail", ["normal", "student", "pareto"])
def test_torch_draws_as_numpy_does(tail):
    np.testing.assert_allclose(drawn(Pay(1.0, tail), device="cpu").numpy(), drawn(Pay(1.0, tail)), rtol=1e-9)


def test_the_table_of_who_knows_the_means_adds_them_up():
    means = np.random.default_rng(0).normal(size=(7, 3))
    mdp = clockwork(means)
    assert mdp.solve().value == pytest.approx(means.max(1).sum(), abs=1e-12)
    assert mdp.evaluate(np.full((8, 3), 1 / 3)).value == pytest.approx(means.mean(1).sum(), abs=1e-12)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Pay(-1.0), "deviation=-1.0"),
        (lambda: Pay(float("inf")), "deviation=inf"),
        (lambda: Pay(1.0, "studnet"), "did you mean 'student'"),
        (lambda: Pay(1.0, "student", 1.0), "index=1.0"),
        (lambda: Pay(None, "student"), "Bernoulli pay has no tails"),
        (lambda: Pay(None).moment(2), "order=2"),
        (lambda: Pay(1.0).moment(0), "order=0"),
        (lambda: Pay(1.0).check_means(np.array([np.nan]), "x"), "finite"),
        (lambda: Pay(None).check_means(np.array([1.5]), "x"), "Bernoulli"),
        (lambda: check_arms(1, 5, "a test"), "1 arms"),
        (lambda: check_arms(2, 0, "a test"), "pulls=0"),
    ],
)
def test_mistakes_are_named(make, words):
    with pytest.raises(BadOption, match=words):
        make()
