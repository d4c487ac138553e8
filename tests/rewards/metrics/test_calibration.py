"""Calibration: known answers, and slopes that are found again."""

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import sigmoid
from rewardlab.rewards.metrics import calibration, recalibrated


def test_by_hand():
    found = calibration(np.array([0.05, 0.05, 0.95, 0.95]), np.array([0, 1, 1, 1]))
    assert found.expected_error == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)
    assert found.largest_error == pytest.approx(0.45)
    assert found.brier == pytest.approx((0.05**2 + 0.95**2 + 2 * 0.05**2) / 4)
    np.testing.assert_array_equal(found.count, [2, 2])


def test_what_happens_as_stated_is_calibrated_and_what_is_sharpened_is_not():
    rng = np.random.default_rng(0)
    margin = rng.normal(size=200_000) * 2
    label = (rng.random(200_000) < sigmoid(margin)).astype(float)
    assert calibration(sigmoid(margin), label).expected_error < 0.01
    assert calibration(sigmoid(3 * margin), label).expected_error > 0.1
    assert calibration(sigmoid(margin), label).brier < calibration(sigmoid(3 * margin), label).brier


@pytest.mark.parametrize(("slope", "shift"), [(0.3, 0.0), (1.0, 0.0), (4.0, 0.0), (0.7, -0.5)])
def test_the_slope_is_found(slope, shift):
    rng = np.random.default_rng(1)
    margin = rng.normal(size=100_000)
    label = sigmoid(slope * margin + shift)  # shares of annotators: no noise
    found = recalibrated(margin, label, shift=True)
    assert found == (pytest.approx(slope, rel=1e-6), pytest.approx(shift, abs=1e-6))
    if shift == 0:
        assert recalibrated(margin, label)[0] == pytest.approx(slope, rel=1e-6)


def test_separable_pairs_end_with_a_finite_slope():
    margin = np.array([1.0, 2.0, -1.0, -3.0])
    slope, _ = recalibrated(margin, (margin > 0).astype(float))
    assert np.isfinite(slope) and slope > 5


def test_mistakes_are_named():
    for p, y in (([0.5], [0.5, 1]), ([], []), ([1.2], [1.0]), ([0.5], [2.0]), ([np.nan], [1.0])):
        with pytest.raises(BadBatch):
            calibration(np.array(p), np.array(y))
    with pytest.raises(BadOption, match="bins"):
        calibration(np.array([0.5]), np.array([1.0]), bins=0)
