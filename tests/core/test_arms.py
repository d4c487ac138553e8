"""Arms: gaps, divergences and bounds in closed form."""

import math

import numpy as np
import pytest
from scipy.special import rel_entr

from rewardlab.core.arms import Arms, bernoulli_divergence
from rewardlab.core.errors import BadOption


def test_bounds_in_closed_form():
    coins = Arms((0.5, 0.25, 0.5))
    divergence = 0.25 * math.log(0.5) + 0.75 * math.log(1.5)
    np.testing.assert_allclose(coins.divergences(), [0, divergence, 0], atol=1e-15)
    assert coins.lai_robbins() == pytest.approx(0.25 / divergence)
    normal = Arms([1.0, 0.0, 0.5], deviation=2.0)
    assert normal.lai_robbins() == pytest.approx(8 / 1.0 + 8 / 0.5)  # 2 σ² / Δ each
    np.testing.assert_allclose(normal.minimax([27**2, 4 * 27**2]), 2 * math.sqrt(2) * np.array([1, 2]))
    assert coins.minimax(27**2) == pytest.approx(0.5 * math.sqrt(2))
    expected = 8 * math.log(100) / 0.25 + (1 + math.pi**2 / 3) * 0.25
    np.testing.assert_allclose(coins.ucb1_bound([100.0]), [expected])
    with pytest.raises(BadOption, match="deviation=2"):
        normal.ucb1_bound(10)
    assert Arms((1.0, 0.5)).lai_robbins() == 0.0  # one pull of 0 tells the arm that never fails from the other
    assert Arms((1.0, 0.0), deviation=0.0).lai_robbins() == 0.0


def test_divergence_is_relative_entropy():
    p, q = np.meshgrid(np.linspace(0, 1, 11), np.linspace(0.05, 0.95, 7))
    np.testing.assert_allclose(bernoulli_divergence(p, q), rel_entr(p, q) + rel_entr(1 - p, 1 - q), atol=1e-15)
    assert bernoulli_divergence(0.3, 0.0) == math.inf == bernoulli_divergence(0.3, 1.0)
    assert bernoulli_divergence(0.0, 0.0) == 0.0 == bernoulli_divergence(1.0, 1.0)


@pytest.mark.parametrize(
    "arguments",
    [{"means": (0.5,)}, {"means": (0.5, 1.2)}, {"means": (0.1, math.nan)}, {"means": (0.1, 0.2), "deviation": -1.0}],
)
def test_mistakes_are_named(arguments):
    with pytest.raises(BadOption, match=r"means|deviation"):
        Arms(**arguments)
