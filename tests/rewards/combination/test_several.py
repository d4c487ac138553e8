import math

import numpy as np
import pytest
from steps import as_torch, random_steps, steps

from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.core.reward import Task
from rewardlab.rewards import Clip, CountBonus, Product
from rewardlab.rewards.combination.several import (
    bounds,
    checked_factors,
    checked_rewards,
    numbers,
    soft_factor,
    stacked,
    within,
)


def test_rewards_are_checked_and_counted():
    one, two = Task(), Clip()
    assert checked_rewards([one, two], least=2, where="X") == (one, two)
    assert checked_rewards(one, least=1, where="X") == (one,)
    for bad in ((), (one,)):
        with pytest.raises(BadOption, match="at least 2"):
            checked_rewards(bad, least=2, where="X")
    for bad in ((one, 3.0), 3.0):
        with pytest.raises(BadOption, match=r"3\.0 among"):
            checked_rewards(bad, least=1, where="X")


def test_pays_stand_side_by_side_in_the_widest_type():
    class Half(Task):
        def __call__(self, batch):
            return batch.reward.astype(np.float32)

    batch = steps(3, reward=[0.1, 0.2, 0.3])
    pays = stacked((Half(), Task()), batch)
    assert pays.dtype == np.float64
    np.testing.assert_allclose(pays, np.stack([batch.reward, batch.reward]), atol=1e-7)
    assert stacked((Task(), Clip()), as_torch(steps((2, 3)))).shape == (2, 2, 3)


def test_every_child_learns_from_the_same_batch():
    batch = random_steps(10, np.random.default_rng(0))
    product = Product((CountBonus(), CountBonus(beta=2.0)))
    logs = product.update(batch)
    assert logs == {"count_bonus/states": 10.0, "count_bonus/states_2": 10.0}
    np.testing.assert_allclose(product(batch), 2.0 / 2)  # (1/√2) (2/√2)


def test_factors_are_taken_by_degree_and_nan_shows():
    batch = steps(6, flag=[0.0, 1.0, 0.5, -3.0, 7.0, np.nan], sure=[True] * 6)
    paid = soft_factor({"flag": 0.25}, batch, batch.reward, by="X")
    np.testing.assert_array_equal(paid[:5], [1.0, 0.25, 0.5, 1.0, 0.25])
    assert np.isnan(paid[5])
    harmless = soft_factor({"flag": 1.0}, batch, batch.reward, by="X")
    assert (harmless[:5] == 1).all() and np.isnan(harmless[5])
    both = soft_factor({"sure": 0.5, "flag": 0.25}, batch, batch.reward, by="X")
    np.testing.assert_array_equal(both[:5], soft_factor({"flag": 0.25, "sure": 0.5}, batch, batch.reward, by="X")[:5])


@pytest.mark.parametrize("factor", [0.0, 1.5, -0.5, math.nan, True, "half"])
def test_a_factor_is_a_share(factor):
    with pytest.raises(BadOption, match="off_lane"):
        checked_factors({"off_lane": factor}, where="X")


def test_bounds_and_what_lies_within():
    assert bounds(1, math.inf, where="X") == (1.0, math.inf)
    for low, high in ((2.0, 1.0), (-math.inf, math.inf), (math.nan, 1.0)):
        with pytest.raises(BadOption, match="at_least"):
            bounds(low, high, where="X")
    found = within(np.array([0.0, 1.0, 2.0, 3.0, np.nan]), 1.0, 2.0)
    np.testing.assert_array_equal(found, [0, 1, 1, 0, np.nan])


def test_columns_become_numbers_of_the_pay():
    batch = steps(2, flag=[True, False])
    assert numbers(batch, "flag", np.zeros(2, np.float32), by="X").dtype == np.float32
    with pytest.raises(MissingColumn, match="no info column 'flug'"):
        numbers(batch, "flug", batch.reward, by="X")
