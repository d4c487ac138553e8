"""Caps."""

import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards.language.design.budget import Budget, Spent


def test_a_cap_that_is_reached_is_named():
    spent = Spent(calls=3, cost=0.5, seconds=10.0, trainings=1)
    assert spent.over(Budget(), "calls", "cost", "seconds", "trainings") == ""
    assert spent.over(Budget(calls=4, cost=0.5), "calls", "cost") == "the budget of 0.5 cost is spent"
    assert spent.over(Budget(calls=0), "cost") == ""


@pytest.mark.parametrize("bad", [{"calls": -1}, {"cost": float("nan")}, {"seconds": float("inf")}, {"trainings": True}])
def test_other_numbers_are_refused(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        Budget(**bad)
