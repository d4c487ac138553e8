import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import as_torch, online, steps

from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import add
from rewardlab.core.tabulate import tabulate
from rewardlab.rewards import RouteCompletion

SOFT = {"lane": 0.5, "speed": 0.8}


def drive(rng, length=30, rows=4, *, faults=0.2):
    """Recorded drives that go on, fall back and stand; they end when the recording does."""
    progress = np.clip(np.cumsum(rng.normal(0.02, 0.05, (length, rows)), axis=0), 0.0, 1.0)
    ends = np.arange(length)[:, None] == np.full(rows, length - 1)
    return steps(
        (length, rows),
        truncated=ends,
        progress=progress,
        lane=rng.random((length, rows)) < faults,
        speed=rng.random((length, rows)) * (rng.random((length, rows)) < faults),
        crash=rng.random((length, rows)) < faults / 4,
    )


def test_new_progress_telescopes_to_what_was_completed():
    batch = drive(np.random.default_rng(0))
    paid = add(online(RouteCompletion("progress"), batch))
    np.testing.assert_allclose(paid.sum(0), 100 * batch.info["progress"].max(0), atol=1e-12)
    assert (paid >= 0).all()
    np.testing.assert_array_equal(add(RouteCompletion("progress").recorded(batch)), paid)  # a log is paid as the drive


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.02, 0.3]))
def test_the_return_is_at_most_the_completion_and_equal_without_infractions(seed, faults):
    batch = drive(np.random.default_rng(seed), faults=faults)
    parts = online(RouteCompletion("progress", SOFT, ("crash",)), batch)
    whole, most = add(parts).sum(0), 100 * batch.info["progress"].max(0)
    best = np.maximum.accumulate(np.concatenate([np.zeros((1, 4)), batch.info["progress"]]), axis=0)
    cost = (np.diff(best, axis=0) > 0) & (batch.info["lane"] | (batch.info["speed"] > 0))
    clean = ~(cost | batch.info["crash"]).any(0)
    np.testing.assert_allclose(whole[clean], most[clean], atol=1e-10)
    assert (whole[~clean] < most[~clean]).all()


def test_standing_still_earns_nothing_whatever_is_broken():
    rng = np.random.default_rng(1)
    batch = drive(rng).paying(np.zeros((30, 4)), progress=np.full((30, 4), 0.25), lane=np.ones((30, 4), dtype=bool))
    still = RouteCompletion("progress", SOFT, start=0.25)
    assert (add(online(still, batch)) == 0).all()


def test_falling_back_and_coming_again_pays_nothing():
    batch = steps((5, 1), progress=[[0.3], [0.1], [0.3], [0.2], [0.5]])
    paid = online(RouteCompletion("progress"), batch)["route"][:, 0]
    np.testing.assert_allclose(paid, [30, 0, 0, 0, 20], atol=1e-12)


def test_factors_commute_and_hard_infractions_cost_once_a_step():
    batch = drive(np.random.default_rng(2), faults=0.5)
    orders = [dict(order) for order in itertools.permutations(SOFT.items())]
    one, two = (online(RouteCompletion("progress", soft, ("crash", "lane"), penalty=2.0), batch) for soft in orders)
    np.testing.assert_allclose(one["route"], two["route"], rtol=1e-14)
    np.testing.assert_array_equal(one["hard"], -2.0 * (batch.info["crash"] | batch.info["lane"]))
    theirs = RouteCompletion("progress", SOFT, ("crash",)).recorded(as_torch(batch))
    ours = RouteCompletion("progress", SOFT, ("crash",)).recorded(batch)
    np.testing.assert_allclose(add(theirs).numpy(), add(ours), atol=1e-12)


def test_by_hand():
    batch = steps(
        (3, 1), progress=[[0.1], [0.3], [0.3]], lane=[[1], [1], [1]], speed=[[0], [1], [0]], crash=[[0], [0], [1]]
    )
    paid = add(online(RouteCompletion("progress", SOFT, ("crash",)), batch))[:, 0]
    np.testing.assert_allclose(paid, [10 * 0.5, 20 * 0.4, -1.0], atol=1e-12)


def test_its_optimum_drives_the_route_though_the_lane_must_be_left():
    """Six cells; forward, back, or stand; cell 4 is off the lane. Exact, with the best progress unrolled."""
    cells = 6
    P = np.zeros((cells, 3, cells))
    for s in range(cells - 1):
        P[s, 0, s + 1] = P[s, 1, max(s - 1, 0)] = P[s, 2, s] = 1.0
    P[-1, :, -1] = 1.0
    mdp = TabularMDP(P, np.zeros((cells, 3)), gamma=0.99, terminal=np.arange(cells) == cells - 1)
    columns = {"progress": np.arange(cells) / (cells - 1), "lane": np.arange(cells) == 4}
    table = tabulate(mdp, RouteCompletion("progress", {"lane": 0.5}), columns=columns)
    solved = table.mdp.solve()
    pays = 20 * np.array([1, 1, 1, 0.5, 1])
    assert solved.value == pytest.approx((pays * 0.99 ** np.arange(5)).sum())
    back_and_stand = table.mdp.evaluate(np.full(table.mdp.num_states, 2)).value
    assert back_and_stand == 0.0


def test_nan_shows_and_mistakes_are_named():
    batch = steps(
        (2, 3), progress=[[np.nan, 0.1, 0.1], [0.2] * 3], lane=[[0, np.nan, 0]] * 2, crash=[[0, 0, np.nan]] * 2
    )
    paid = add(online(RouteCompletion("progress", {"lane": 0.5}, ("crash",)), batch))
    assert np.isnan(paid).all()
    for wrong in ({"penalty": -1.0}, {"scale": 0.0}, {"start": 1.5}, {"soft": {"lane": 0.0}}):
        with pytest.raises(BadOption, match="RouteCompletion"):
            RouteCompletion("progress", **wrong)
    with pytest.raises(MissingColumn, match="'progres'"):
        RouteCompletion("progres")(batch.rows(0))
