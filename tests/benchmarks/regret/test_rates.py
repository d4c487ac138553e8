"""Rates of curves whose rates are known."""

import numpy as np
import pytest

from rewardlab.benchmarks.regret.rates import fitted
from rewardlab.core.errors import BadOption

STEPS = np.geomspace(10, 10_000, 12)


@pytest.mark.parametrize(("kind", "curve", "truth"), [
    ("logarithm", 3.0 + 5.0 * np.log(STEPS), 5.0),
    ("exponent", 2.0 * STEPS**0.5, 0.5),
    ("exponent", 0.3 * STEPS, 1.0),
])  # fmt: skip
def test_a_curve_without_noise_has_its_rate_and_no_width(kind, curve, truth):
    rate = fitted(kind, STEPS, np.repeat(curve[:, None], 5, 1))
    assert rate.value == pytest.approx(truth) == pytest.approx(rate.low) == pytest.approx(rate.high)


def test_intervals_cover_as_often_as_they_say():
    rng, hits = np.random.default_rng(0), 0
    for k in range(200):
        slope = rng.gamma(4.0, 0.5, size=40)  # mean 2
        rate = fitted("logarithm", STEPS, slope * np.log(STEPS)[:, None], draws=400, seed=k)
        hits += rate.low <= 2.0 <= rate.high
    assert 0.88 <= hits / 200 <= 0.99  # a bootstrap of 40 skewed runs covers a little less than 95 %


def test_only_the_late_part_counts():
    curve = np.where(STEPS < 900, 50.0, 50.0 + 7.0 * np.log(STEPS / 900))
    rate = fitted("logarithm", STEPS, np.repeat(curve[:, None], 3, 1))
    assert rate.value == pytest.approx(7.0)
    assert fitted("logarithm", STEPS, np.repeat(curve[:, None], 3, 1), late=0.0).value < 6.0


@pytest.mark.parametrize(("steps", "regret", "said"), [
    ([1, 2], np.ones((2, 3)), "at 2 steps"),
    ([1, 2, 3], np.ones((4, 3)), r"\(4, 3\) at 3"),
    ([1, 2, 3], np.zeros((3, 3)), "regret of 0"),
])  # fmt: skip
def test_mistakes_are_named(steps, regret, said):
    with pytest.raises(BadOption, match=said):
        fitted("exponent", steps, regret)
