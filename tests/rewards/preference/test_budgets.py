import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core.errors import BadOption
from rewardlab.rewards import (
    constant_budget,
    front_loaded_budget,
    hyperbolic_budget,
    increasing_budget,
    inverse_square_budget,
    spread_budget,
)

BUDGETS = {
    constant_budget: lambda t: np.ones_like(t),
    hyperbolic_budget: lambda t: 1 / (1 + t),
    inverse_square_budget: lambda t: 1 / (1 + t**2),
    increasing_budget: lambda t: 1 + t,
}


@given(st.integers(0, 10**6), st.integers(1, 200), st.sampled_from([*BUDGETS, front_loaded_budget]))
def test_counts_sum_to_the_budget_and_none_is_negative(budget, rounds, schedule):
    counts = schedule(budget, rounds)
    assert counts.shape == (rounds,) and counts.dtype == np.int64
    assert counts.sum() == budget and counts.min() >= 0


@given(st.integers(0, 10**5), st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_any_weights_are_shares_to_within_one_label(budget, weights):
    if sum(weights) <= 0:
        return
    counts, w = spread_budget(budget, weights), np.array(weights)
    assert counts.sum() == budget and counts.min() >= 0
    assert np.abs(counts - budget * w / w.sum()).max() <= 1 + 1e-6


@pytest.mark.parametrize("schedule", BUDGETS)
def test_the_schedules_are_their_equations(schedule):
    w = BUDGETS[schedule](np.arange(8.0))
    assert np.abs(schedule(10**6, 8) - 10**6 * w / w.sum()).max() <= 1


def test_a_quarter_comes_first_and_the_rest_evenly():
    assert front_loaded_budget(100, 4).tolist() == [25, 25, 25, 25]
    assert front_loaded_budget(700, 11).tolist() == [175, *[53, 52] * 5]
    assert front_loaded_budget(9, 1).tolist() == [9] and front_loaded_budget(10, 3, first=1.0).tolist() == [10, 0, 0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: constant_budget(-1, 3),
        lambda: hyperbolic_budget(5, 0),
        lambda: spread_budget(5, []),
        lambda: spread_budget(5, [0.0, 0.0]),
        lambda: spread_budget(5, [1.0, -1.0]),
        lambda: spread_budget(5, [1.0, np.nan]),
        lambda: front_loaded_budget(5, 3, first=1.5),
    ],
)
def test_what_is_no_budget_is_refused(call):
    with pytest.raises(BadOption):
        call()
