"""The picture of a bandit says what it should: bars by pay, marks by mean, numbers below."""

import numpy as np

from rewardlab.envs.bandits.picture import arms
from rewardlab.envs.picture import BLUE, FAINT, GOLD, RED

CHART = slice(44, 254)  # rows between title and names


def drawn(counts, seen, means, *, low=0.0, high=1.0):
    return arms("a title", np.array(counts), np.array(seen), np.array(means), low=low, high=high)


def rows_of(frame, colour, arm, n):
    """The rows of the chart that hold a colour within one arm's part, from the top."""
    part = np.array_split(frame[CHART, 16:464], n, axis=1)[arm]
    return np.flatnonzero((part == colour).all(-1).any(1))


def test_bars_are_as_high_as_the_pay_and_only_where_an_arm_was_pulled():
    frame = drawn([4, 0, 2], [1.0, 0.0, 0.5], [0.9, 0.1, 0.2])
    whole, none, half = (len(rows_of(frame, BLUE, k, 3)) for k in range(3))
    assert whole > 200 and none == 0 and abs(half - 105) < 8


def test_the_best_arm_is_gold_and_the_others_are_red():
    frame = drawn([0, 0], [0.0, 0.0], [0.25, 0.75])
    assert len(rows_of(frame, GOLD, 1, 2)) and len(rows_of(frame, RED, 0, 2)) and not len(rows_of(frame, RED, 1, 2))
    assert abs(rows_of(frame, GOLD, 1, 2).mean() - 0.25 * 210) < 2 and abs(rows_of(frame, RED, 0, 2).mean() - 157.5) < 2


def test_pay_below_zero_hangs_from_the_line_and_what_is_off_the_axis_is_cut():
    frame = drawn([1, 1], [-1.0, 99.0], [-0.5, 0.5], low=-1.0, high=1.0)
    down, up = rows_of(frame, BLUE, 0, 2), rows_of(frame, BLUE, 1, 2)
    assert down.min() >= 104 and down.max() >= 207 and up.min() <= 1 and up.max() <= 106
    assert frame.shape == (340, 480, 3) and frame.dtype == np.uint8


def test_many_arms_leave_their_numbers_out_and_still_have_bars():
    few, many = (drawn([3] * k, [1.0] * k, np.linspace(0, 1, k)) for k in (4, 120))
    numbers = [(f[280:300] == FAINT).all(-1).sum() for f in (few, many)]
    assert numbers[0] > 0 == numbers[1] and (many[CHART] == BLUE).all(-1).sum() > 10_000
