"""The picture of a bandit says what it should: bars by pay, marks by mean, numbers below."""

import numpy as np

from rewardlab.envs.bandits.picture import answers, arms
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


def test_responses_have_a_mark_for_their_pay_a_bar_for_the_reference_and_a_column_for_what_was_given():
    pay, reference = np.array([0.0, 2.0, 1.0]), np.array([0.2, 0.2, 0.6])
    before, after = (answers("a title", pay, reference, given) for given in (-1, 2))
    assert not (before[CHART, 16:464] == BLUE).all(-1).any()
    assert [len(rows_of(after, BLUE, k, 3)) > 0 for k in range(3)] == [False, False, True]
    marks = [rows_of(before, colour, k, 3).mean() for k, colour in enumerate((RED, GOLD, RED))]
    assert marks[1] < 10 < abs(marks[2] - 105) + 10 < 15 and marks[0] > 200
    bars = [len(rows_of(before, FAINT, k, 3)) for k in range(3)]
    assert abs(bars[2] - 105) < 6 and abs(bars[0] - 35) < 6
    flat = answers("a title", np.zeros(120), np.full(120, 1 / 120), -1)
    assert flat.shape == (340, 480, 3) and (flat[CHART] == GOLD).all(-1).any()
