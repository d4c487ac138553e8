"""Every number of every preference and Nash objective has a range, and is named outside it."""

import inspect
from functools import partial

import pytest
from contracts.objectives_of import direct_preference, nash

import rewardlab.agents as agents
from rewardlab.core.errors import BadOption

NUMBERS = [
    (name, row, parameter.name)
    for table in (direct_preference, nash)
    for name, (row, *_) in table.ROWS.items()
    for parameter in inspect.signature(getattr(agents, name)).parameters.values()
    if isinstance(parameter.default, float)
]


@pytest.mark.parametrize(("name", "row", "parameter"), NUMBERS, ids=[f"{n}-{p}" for n, _, p in NUMBERS])
def test_a_number_outside_its_range_is_named(name, row, parameter):
    objective = getattr(agents, name)
    for value in (-1.0, float("nan"), float("inf"), "0.1"):
        with pytest.raises(BadOption, match=f"{parameter}="):
            if isinstance(objective, type):
                partial(objective, None, 1)(**{parameter: value})
            else:
                objective(row.group(), **{parameter: value})


def test_bounds_of_token_prices_are_in_order():
    with pytest.raises(BadOption, match=r"low=2\.0"):
        agents.tgdpo(direct_preference.with_columns(2, 2), low=2.0, high=1.0)


@pytest.mark.parametrize("parameter", ["bias", "gamma"])
@pytest.mark.parametrize("value", [0.0, 1.5])
def test_the_bias_and_the_discount_of_segments_lie_above_0_and_not_above_1(parameter, value):
    with pytest.raises(BadOption, match=f"{parameter}="):
        agents.cpl(direct_preference.with_columns(2, 2), **{parameter: value})
