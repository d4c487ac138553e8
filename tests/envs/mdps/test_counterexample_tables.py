"""Counterexamples: every published or closed-form number, by exact solution."""

import itertools

import numpy as np
import pytest

from rewardlab.envs.mdps.counterexample_tables import (
    TABLES,
    alternate,
    constant_shift,
    eventually,
    filler_calls,
    grasp_or_skip,
    half_half,
    liked_queries,
    lottery,
    restate,
    transient,
    two_routes,
)


def solved(table, pay, **options):
    return table.process.with_reward(table.pays[pay]).solve(**options)


def ending(table, pay, *, not_in):
    """The best value among policies that never take an action of `not_in` [(state, action)]."""
    m = table.process.with_reward(table.pays[pay])
    R = m.R.copy()
    for s, a in not_in:
        R[s, a] = -1e6
    return m.with_reward(R).solve().value


def test_half_half_no_reward_ranks_the_middle_first():
    table = half_half()
    for R in np.random.default_rng(0).normal(size=(50, 1, 2)):
        m = table.process.with_reward(R)
        low, middle, high = (m.evaluate(np.array([[1 - p, p]])).value for p in (0.0, 0.5, 1.0))
        assert middle == pytest.approx((low + high) / 2, abs=1e-12)  # never above both


@pytest.mark.parametrize("gamma", [0.5, 0.9])
def test_alternate_a_mixture_is_worth_p_times_1_minus_p(gamma):
    table = alternate(gamma)
    assert solved(table, "changes").value == pytest.approx(table.known["optimum"], abs=1e-12)
    for p in (0.0, 0.2, 0.5, 0.9):
        value = table.process.evaluate(np.tile([p, 1 - p], (3, 1))).value
        assert value == pytest.approx(table.known["of a mixture p, over p (1 - p)"] * p * (1 - p), abs=1e-12)


@pytest.mark.parametrize("p", [0.001, 0.3, 1.0])
def test_eventually_arrives_surely_and_is_worth_little(p):
    table = eventually(p)
    always = np.ones(2, dtype=int)
    assert table.process.evaluate(always).value == pytest.approx(table.known["discounted"], abs=1e-12)
    assert table.process.with_gamma(1.0).evaluate(always).value == pytest.approx(table.known["surely"], abs=1e-9)
    assert eventually(0.0).known["surely"] == 0.0 and eventually(0.0).process.solve().value == 0.0


def test_transient_the_average_forgets():
    table = transient()
    m = table.process
    for first in (0, 1):
        assert m.with_gamma(None).evaluate(np.array([first, 0])).value == pytest.approx(table.known["gain"], abs=1e-12)
    values = [m.evaluate(np.array([first, 0])).value for first in (0, 1)]
    assert values[1] == pytest.approx(table.known["discounted"], abs=1e-12)
    assert values[1] - values[0] == pytest.approx(table.known["lost"], abs=1e-12)


def test_liked_queries_pays_more_for_failing():
    table = liked_queries()
    known = {"raw, failed": 7.2, "raw, solved": 6.8, "normed, failed": -0.8, "normed, solved": 5.8}
    assert table.known == pytest.approx(known)
    win = [(t * 3 + 2, 2) for t in range(8)]  # to answer after both hops
    assert solved(table, "raw").value == pytest.approx(7.2)
    assert ending(table, "raw", not_in=win) == pytest.approx(7.2)
    assert solved(table, "normed").value == pytest.approx(5.8)
    assert ending(table, "normed", not_in=win) == pytest.approx(-0.1)  # to give up at once costs least
    # all eight turns spent on the liked query: the failing policy of the raw optimum, under both rewards
    liking = np.zeros(table.process.num_states, dtype=int)
    for pay, value in (("raw", 7.2), ("normed", -0.8), ("outcome", 0.0)):
        assert table.process.with_reward(table.pays[pay]).evaluate(liking).value == pytest.approx(value)
    best_solving = solved(table, "outcome")
    assert best_solving.value == 1.0
    # the most that a solving policy is paid raw: push it to solve by a large outcome, and take that away again
    pushed = table.process.with_reward(table.pays["raw"] + 100 * table.pays["outcome"]).solve().value - 100
    assert pushed == pytest.approx(6.8)


def test_filler_calls_stalls_unless_gated():
    table = filler_calls()
    assert table.known == pytest.approx({"direct, stalling": 4.0, "direct, solving": 3.6, "gated": 3.04})
    assert solved(table, "direct").value == pytest.approx(4.0)
    assert solved(table, "gated").value == pytest.approx(3.04)
    assert solved(table, "outcome").value == pytest.approx(0.8)
    stalling = np.zeros(table.process.num_states, dtype=int)
    for pay, value in (("direct", 4.0), ("gated", 0.0)):
        assert table.process.with_reward(table.pays[pay]).evaluate(stalling).value == pytest.approx(value)
    pushed = table.process.with_reward(table.pays["direct"] + 100 * table.pays["outcome"]).solve().value - 80
    assert pushed == pytest.approx(3.6)


@pytest.mark.parametrize("gamma", [0.9, 0.99])
def test_restate_goes_on_for_ever_unless_clipped(gamma):
    table = restate(gamma=gamma)
    raw, clipped = solved(table, "raw"), solved(table, "clipped")
    assert raw.value == pytest.approx(table.known["raw, for ever"], rel=1e-9) and (raw.policy[:3] == 0).all()
    assert clipped.value == pytest.approx(table.known["clipped"], abs=1e-12) and (clipped.policy[:3] == 1).all()
    solving = table.process.evaluate(np.ones(4, dtype=int)).value
    assert solving == pytest.approx(table.known["raw, solving"], abs=1e-12)
    short = restate(gamma=0.3)  # at short sight the solution pays more
    assert (solved(short, "raw").policy[2] == 1) and short.known["raw, for ever"] < 1.8


def test_two_routes_flips_at_the_published_weight():
    flips = two_routes().known["flips at"]
    assert flips == pytest.approx(2.41, abs=5e-3)
    for weight in (0.5, flips - 1e-6, flips + 1e-6, 10.0):
        table = two_routes(weight)
        assert solved(table, "progress").policy[0] == int(weight > flips)
        potential = solved(table, "potential")
        assert potential.policy[0] == 0
        assert potential.value == pytest.approx(table.known["short"], abs=1e-12)  # the fork's potential is 0
    goal = solved(table, "goal")
    assert goal.Q[0] == pytest.approx([table.known["short"], table.known["long"]], abs=1e-12)


def test_lottery_orders_outcomes_alike_and_choices_apart():
    table = lottery()
    assert table.known == pytest.approx({"dear": -4.5, "cheap": 0.25})
    for pay, takes in (("dear", 0), ("cheap", 1)):
        found = solved(table, pay)
        assert found.policy[0] == takes
        assert found.Q[0, 1] == pytest.approx(table.known[pay], abs=1e-12)
    won, lost = (np.array([table.pays[p][0, 1, k] for p in ("dear", "cheap")]) for k in (1, 2))
    assert (won > 0).all() and (lost < 0).all()


def test_constant_shift_is_not_seen_by_segments_and_changes_the_choice():
    table = constant_shift()
    plain, shifted = table.pays["plain"], table.pays["shifted"]
    for segments in itertools.product([(0, 0), (0, 1)], repeat=2):  # two steps each, of equal length
        sums = [np.diff([sum(R[s, a] for s, a in [x, x]) for x in segments])[0] for R in (plain, shifted)]
        assert sums[0] == pytest.approx(sums[1])
    assert solved(table, "plain").policy[0] == 1 and solved(table, "plain").value == table.known["out"]
    assert solved(table, "shifted").policy[0] == 0
    assert solved(table, "shifted").value == pytest.approx(table.known["for ever"], rel=1e-12)
    for shift, action in ((0.999, 1), (1.001, 0)):
        assert solved(constant_shift(shift), "shifted").policy[0] == action


def test_grasp_or_skip_flips_at_the_discount():
    flips = grasp_or_skip().known["flips at"]
    assert flips == pytest.approx(0.88174, abs=1e-5)
    for gamma, grasps in ((0.5, 1), (flips - 1e-6, 1), (flips + 1e-6, 0), (0.99, 0)):
        table = grasp_or_skip(gamma=gamma)
        assert solved(table, "match").policy[0] == grasps
        assert solved(table, "true").policy[0] == 1
    assert grasp_or_skip(carried=1.0).known["flips at"] == 1.0  # who can carry, grasps whatever the discount


def test_all_tables_are_tested_here():
    tests = " ".join(name for name in globals() if name.startswith("test_"))
    assert [name for name in TABLES if f"test_{name}_" not in tests] == []
