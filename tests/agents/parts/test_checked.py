"""Groups and columns of a wrong shape are named."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group

from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.core.errors import BadBatch, BadOption, MissingColumn

GROUP = random_group(3, 4)


@pytest.mark.parametrize("name", ["old_logp", "ref_logp", "mask", "reward"])
def test_a_field_that_does_not_fit_is_named(name):
    assert checked(GROUP, "x") is GROUP
    with pytest.raises(BadBatch, match=rf"x: {name} has shape"):
        checked(replace(GROUP, **{name: getattr(GROUP, name)[:, 1:]}), "x")


def test_logp_has_three_axes_and_enough_responses():
    with pytest.raises(BadBatch, match="logp has shape"):
        checked(replace(GROUP, logp=GROUP.logp[0]), "x")
    with pytest.raises(BadBatch, match="at least 5"):
        checked(GROUP, "x", responses=5)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_column_has_the_first_axes_of_logp(axes):
    good = np.ones(GROUP.logp.shape[:axes])
    assert column(replace(GROUP, info={"weight": good}), "weight", by="x", axes=axes) is good
    with pytest.raises(BadBatch, match="weight"):
        column(replace(GROUP, info={"weight": good[1:]}), "weight", by="x", axes=axes)


def test_a_missing_column_names_who_needs_it_and_what_is_near():
    with pytest.raises(MissingColumn, match=r"x: no info column 'entropie'(?s:.*)entropy"):
        column(GROUP, "entropie", by="x")
    with pytest.raises(MissingColumn, match="no info columns at all"):
        column(replace(GROUP, info={}), "entropy", by="x")


def test_an_option_is_refused_with_what_was_expected():
    option("k", 1.0, True, by="x", expected="a share")
    with pytest.raises(BadOption, match=r"x: k=2.0(?s:.*)a share"):
        option("k", 2.0, False, by="x", expected="a share")
