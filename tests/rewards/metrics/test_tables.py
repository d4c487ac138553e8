"""The ground of the metrics: full tables, rounding that counts as nothing, distances of directions, restrictions."""

import numpy as np
import pytest
from scipy import sparse
from table_rewards import GAMMA, redistribution, reward, shaping, world

from rewardlab.core.errors import BadOption
from rewardlab.rewards.metrics import tables


def test_a_reward_in_any_form_becomes_the_same_full_table():
    mdp = world(0)
    R = reward(mdp, 0)
    flat = sparse.csr_array(R.reshape(-1, mdp.num_states))
    np.testing.assert_array_equal(tables.full(mdp, R, where="t"), R)
    np.testing.assert_array_equal(tables.full(mdp, flat, where="t"), R)
    np.testing.assert_array_equal(tables.full(mdp, R[:, :, 0], where="t"), np.repeat(R[:, :, :1], mdp.num_states, 2))
    with pytest.raises(BadOption, match=r"shape \(3,\)"):
        tables.full(mdp, np.zeros(3), where="t")
    R[1, 2, 3] = np.nan
    with pytest.raises(BadOption, match=r"\[1, 2, 3\] is nan"):
        tables.full(mdp, R, where="t")


def test_advantages_are_those_of_the_policy_and_rounding_is_nothing():
    mdp = world(1, terminal=1)
    R = reward(mdp, 1)
    found = mdp.with_reward(R).evaluate(tables.uniform(mdp))
    x = tables.advantages(mdp, R)
    np.testing.assert_allclose(x[:-1], (found.Q - found.V[:, None])[:-1], atol=1e-12)
    assert not x[-1].any()
    assert not tables.advantages(mdp, 1e6 * shaping(mdp, 1) + 1e3 * redistribution(mdp, 1)).any()


def test_half_angle_and_pearson_by_hand():
    x, y = np.array([1.0, 0.0]), np.array([0.0, 7.0])
    assert tables.half_angle(x, y) == pytest.approx(np.sqrt(0.5))
    assert tables.half_angle(x, -3 * x) == 1.0 and tables.half_angle(x, 5 * x) == 0.0
    assert tables.half_angle(x, 0 * x) == 0.5 and tables.half_angle(0 * x, 0 * x) == 0.0
    rng = np.random.default_rng(0)
    a, b, w = rng.normal(size=50), rng.normal(size=50), np.full(50, 1 / 50)
    rho = np.corrcoef(a, b)[0, 1]
    assert tables.pearson(a, b, w, (1, 1)) == pytest.approx(np.sqrt((1 - rho) / 2), abs=1e-14)
    assert tables.pearson(a, 1e3 + 0 * a, w, (1, 1e3)) == 0.5


def test_restricting_actions_is_what_enumeration_finds():
    for seed in range(6):
        check_restricted(world(seed, states=4, actions=3))


def check_restricted(mdp):
    allowed = np.array([[1, 0, 1], [0, 1, 1], [1, 0, 0], [1, 1, 1]], dtype=bool)
    every = np.stack(np.meshgrid(*[np.flatnonzero(row) for row in allowed], indexing="ij"), -1).reshape(-1, 4)
    values = [mdp.evaluate(p).value for p in every]
    low, high = tables.value_range(tables.restricted(mdp, allowed))
    assert (low, high) == (pytest.approx(min(values)), pytest.approx(max(values)))


def test_discounts_and_distributions_are_checked():
    mdp = world(3)
    assert tables.discounted(mdp, None, where="t").gamma == GAMMA
    assert tables.discounted(mdp, 0.5, where="t").gamma == 0.5
    with pytest.raises(BadOption, match="without a discount"):
        tables.discounted(mdp.with_gamma(None), None, where="t")
    with pytest.raises(BadOption, match="gamma=1"):
        tables.discounted(mdp, 1.0, where="t")
    np.testing.assert_array_equal(tables.law(None, 4, where="t", what="w"), np.full(4, 0.25))
    for wrong in ([0.5, 0.6], [1.5, -0.5], [1.0], [np.nan, 1.0]):
        with pytest.raises(BadOption):
            tables.law(np.array(wrong), 2, where="t", what="w")


def test_live_states_are_those_where_somebody_acts():
    mdp = world(4, terminal=2)
    assert not tables.live(mdp)[mdp.terminal].any() and tables.live(mdp)[0]
    assert tables.size_of(mdp) == np.abs(mdp.pay).max()
    assert tables.best_actions(mdp)[mdp.terminal].all()
    assert not tables.settled(np.full(3, 1e-12), 1.0).any() and tables.settled(np.full(3, 1e-8), 1.0).all()
