"""The ground of proxies: the expected largest of n normal numbers, and what a divergence gains."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.gold_base import largest
from rewardlab.envs.bandits.gold_errors import Gaussian, Middling, Shortcut, Student, Two


def test_the_largest_of_few_normal_numbers_is_known_in_closed_form():
    assert largest(1) == pytest.approx(0.0, abs=1e-12)
    assert largest(2) == pytest.approx(1 / np.sqrt(np.pi), abs=1e-12)
    assert largest(3) == pytest.approx(1.5 / np.sqrt(np.pi), abs=1e-12)
    assert largest(1000) == pytest.approx(3.2414, abs=1e-3)  # tables of normal order statistics
    with pytest.raises(BadOption, match="n=0"):
        largest(0)


def test_the_gradient_is_that_of_what_is_paid():
    np.testing.assert_allclose(Gaussian(members=2, s=3.0).gradient(), [1.0, 3.0, 0.0])
    np.testing.assert_allclose(Gaussian(members=2, s=3.0).gradient([0.5, 0.5]), [1.0, 1.5, 1.5])
    np.testing.assert_allclose(Two(rho=0.0).gradient(), [1.0, 1.0])


def test_the_gain_is_that_of_the_exponentially_tilted_base_law():
    # Weights exp(q/β) on draws of the base law give the optimum at β: its divergence and its gold are sums.
    law = Shortcut(a=0.8, b=0.6, v=2.0, w=0.5)
    rng = np.random.default_rng(0)
    z = law.base(lambda s: rng.normal(size=s), rng.random, (400_000,))
    weights = np.exp(law.proxies(z)[..., 0] / 1.2)
    weights /= weights.sum()
    kl = (weights * np.log(weights * len(weights))).sum()
    assert weights @ law.gold(z) - law.gold(z).mean() == pytest.approx(float(law.gain(kl)), rel=0.01)


@pytest.mark.parametrize("law", [Student(), Middling()])
def test_what_has_no_gradient_says_so(law):
    with pytest.raises(BadOption, match="not linear"):
        law.gradient()
