"""Differentiation with thresholds that tighten."""

import math

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards import Differentiated, Task, rollouts


def paying(values):
    return rollouts(["q"] * len(values), ["a"] * len(values)).paying(np.array(values, dtype=float))


def test_low_is_nothing_high_is_full_and_the_middle_stays():
    values = [-1e6, 0.2, 0.5, 0.6, 0.75, 0.76, 0.9, 1e6, math.nan]
    np.testing.assert_array_equal(Differentiated()(paying(values)), [0, 0, 0.5, 0.6, 0.75, 1, 1, 1, math.nan])
    late = Differentiated(steps=1)
    late.update(paying([0.0]))
    np.testing.assert_array_equal(late(paying(values)), [0, 0, 0, 0, 0.75, 0.76, 0.9, 1, math.nan])


def test_the_same_score_differs_more_within_a_group():
    group = paying([0.4, 0.45, 0.6, 0.8])
    assert np.std(Differentiated()(group)) > 2 * np.std(group.reward)


def test_it_tightens_once_for_good():
    reward = Differentiated()
    assert reward.update(paying([0.5, 1.0]))["differentiated/tight"] == 0  # 0.75 is not above 0.75
    assert reward.update(paying([0.6, 1.0])) == {"differentiated/mean": 0.8, "differentiated/tight": 1.0}
    reward.update(paying([0.0]))
    assert reward.tight
    slow = Differentiated(enough=math.inf, steps=4)
    assert [slow.update(paying([1.0, 1.0]))["differentiated/tight"] for _ in range(2)] == [0, 1]


def test_in_a_chain_it_sees_the_graded_score():
    chain = Task().then(Differentiated())
    chain.update(paying([0.9]))
    np.testing.assert_array_equal(chain(paying([0.7, 0.8, 0.95])), [0, 0.8, 1])


@pytest.mark.parametrize("options", [{"early": (0.8, 0.5)}, {"late": (0.8, math.nan)}, {"steps": 0}])
def test_senseless_options_are_refused(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        Differentiated(**options)
