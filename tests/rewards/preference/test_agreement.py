from itertools import combinations

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import agreed


def test_by_hand():
    nan = np.nan
    preferences = np.array([
        [3, 3, 2, -3, nan],  # one took it the other way round
        [1, 2, 1, 1, 2],  # 1 1 1
        [-1, -2, -2, -3, 0],  # -2 -2 and a neighbour at 1
        [-3, 0, 3, nan, nan],  # nobody agrees
        [1, 0, -1, nan, nan],  # a tie
        [-2, nan, nan, nan, nan],  # one alone
        [nan] * 5,
        [0, 0, 1, nan, nan],  # rounds to a tie
    ])  # fmt: skip
    label, strength = agreed(preferences)
    np.testing.assert_array_equal(label, [1, 1, 0, nan, nan, 0, nan, nan])
    np.testing.assert_array_equal(strength, [3, 1, 2, 0, 0, 2, 0, 0])


def test_no_other_three_agree_better():
    rng = np.random.default_rng(0)
    x = rng.permuted(np.tile(np.arange(-30, 31), (50, 1)), axis=1)[:, :6] / 10.0
    _, strength = agreed(x, spread=6.0)
    for row, found in zip(x, strength, strict=True):
        smallest = min(combinations(row, 3), key=lambda c: max(c) - min(c))
        width = max(smallest) - min(smallest)
        means = [np.mean(c) for c in combinations(row, 3) if max(c) - min(c) <= width + 1e-12]
        assert any(np.floor(abs(m) + 0.5) == found for m in means)


def test_turning_pairs_round_turns_labels_round():
    x = np.random.default_rng(1).integers(-3, 4, (200, 3)).astype(float)  # three annotators: no choice of three
    (label, strength), (turned, same) = agreed(x), agreed(-x)
    np.testing.assert_array_equal(turned, 1 - label)
    np.testing.assert_array_equal(same, strength)
    assert 0.1 < np.isnan(label).mean() < 0.9


def test_outliers_cost_less_than_in_a_mean():
    rng = np.random.default_rng(2)
    gap = rng.normal(size=3000) * 1.5
    x = np.clip(np.round(gap[:, None] + 0.5 * rng.normal(size=(3000, 5))), -3, 3)
    x[:, :1] = -np.sign(gap)[:, None] * 3  # one annotator reads the scale backwards
    label, _ = agreed(x)
    kept = ~np.isnan(label)
    filtered = ((gap > 0) == (label > 0.5))[kept].mean()
    plain = ((gap > 0) == (x.mean(1) > 0))[kept].mean()
    assert filtered > plain + 0.02 and kept.mean() > 0.6


def test_mistakes_are_named():
    for options in ({"keep": 0}, {"spread": -1.0}):
        with pytest.raises(BadOption, match="agreed"):
            agreed(np.zeros((2, 3)), **options)
    with pytest.raises(BadBatch, match=r"\[P, A\]"):
        agreed(np.zeros(3))
