"""Splines of controls: what they pass through, what they reproduce, and how they are shifted."""

import numpy as np
import pytest

from rewardlab.agents.loops.splines import places, shift, weights


@pytest.mark.parametrize(("knots", "steps"), [(1, 1), (1, 9), (2, 9), (5, 17), (6, 6), (4, 30)])
def test_a_spline_passes_its_knots_and_keeps_constants_and_lines(knots, steps):
    W = weights(knots, np.arange(steps), steps)
    np.testing.assert_allclose(W.sum(1), 1, atol=1e-12)
    np.testing.assert_allclose(weights(knots, places(knots, steps), steps), np.eye(knots), atol=1e-9)
    if knots > 1:
        line = places(knots, steps) * 0.3 - 1
        np.testing.assert_allclose(W @ line, np.arange(steps) * 0.3 - 1, atol=1e-12)


def test_it_is_smooth_where_pieces_meet():
    knots = np.random.default_rng(0).normal(size=7)
    t = np.linspace(0, 60, 60_001)
    slope = np.diff(weights(7, t, 61) @ knots) / np.diff(t)
    assert np.abs(np.diff(slope)).max() < 1e-3 < np.ptp(slope)


def test_a_shifted_plan_is_what_is_left_of_it():
    line = np.arange(6.0)
    left = shift(6, 11) @ line  # a knot every two steps: half a knot on, and the end is held
    np.testing.assert_allclose(left, [0.5, 1.5, 2.5, 3.5, 4.5, 5.0])
    np.testing.assert_allclose(shift(6, 11, 0.0) @ line, line)
