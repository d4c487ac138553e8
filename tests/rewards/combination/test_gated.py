import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import as_torch, online, random_steps, steps

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task, add
from rewardlab.core.tabulate import tabulate
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import Clip, GatedAccumulation, Milestones

HORIZON, SOLVING, FILLER, SUCCESS = 20, 6, 0.2, 0.8


class Column(Task):
    """Pays an info column."""

    def __init__(self, column):
        self.column = column

    def __call__(self, batch):
        return batch.column(self.column)

    @property
    def name(self):
        return self.column


def episode_sums(paid, batch):
    """Sum of a pay [T, N] over each episode that ended, keyed by row and order."""
    sums, running = {}, np.zeros(batch.shape[1])
    for t in range(len(batch)):
        running = running + paid[t]
        for n in np.flatnonzero(batch.done[t]):
            sums[n, t] = running[n]
            running[n] = 0.0
    return sums


def repair(solving, solved):
    """An episode of the repair task: `solving` steps that pay nothing, fillers that pay 0.2, then the outcome."""
    tool = np.where(np.arange(HORIZON) < solving, 0.0, FILLER)[:, None]
    ends = np.arange(HORIZON)[:, None] == HORIZON - 1
    return steps((HORIZON, 1), reward=ends * float(solved), tool=tool, terminated=ends)


def test_gating_turns_the_optimum_from_stalling_to_solving():
    def values(reward):
        """What doing k = 0 .. 6 solving steps is worth, in expectation over the outcome."""
        worth = {s: [add(reward.recorded(repair(k, s))).sum() for k in range(SOLVING + 1)] for s in (True, False)}
        chance = np.array([0.0] * SOLVING + [SUCCESS])
        return chance * worth[True] + (1 - chance) * worth[False]

    direct = values(Task() + Column("tool"))
    assert direct.argmax() == 0 and (direct[0], direct[-1]) == pytest.approx((4.0, 3.6))
    gated = values(GatedAccumulation((Task(), Column("tool"))))
    assert gated.argmax() == SOLVING and (gated[0], gated[-1]) == pytest.approx((0.0, 3.04))


def repair_process():
    """The repair task as a table: states (step, solving steps done), fail, success; action 0 fills, 1 solves."""

    def number(t, k):
        return t * (SOLVING + 1) + k

    fail = number(HORIZON, 0)
    success = fail + 1
    P = np.zeros((success + 1, 2, success + 1))
    tool = np.zeros_like(P)
    for t in range(HORIZON):
        for k in range(SOLVING + 1):
            for solves in (0, 1):
                done, row = min(k + solves, SOLVING), P[number(t, k), solves]
                if t < HORIZON - 1:
                    row[number(t + 1, done)] = 1.0
                else:
                    row[success] = SUCCESS * (done == SOLVING)
                    row[fail] = 1.0 - row[success]
                tool[number(t, k), solves] = 0.0 if solves else FILLER
    R = np.zeros_like(P)
    R[:, :, success] = 1.0
    ends = np.arange(len(P)) >= fail
    mdp = TabularMDP(P, R, gamma=1.0, terminal=ends)
    rows = np.repeat(np.arange(mdp.P.shape[0]), np.diff(mdp.P.indptr))
    return mdp, {"tool": tool.reshape(-1, len(P))[rows, mdp.P.indices]}


def test_value_iteration_with_the_memory_unrolled_stalls_without_gates_and_solves_with_them():
    mdp, columns = repair_process()
    direct = tabulate(mdp, Task() + Column("tool"), columns=columns)
    best = direct.mdp.solve()
    assert best.value == pytest.approx(20 * FILLER)  # 4.0, by fillers alone
    assert direct.task.evaluate(best.policy).value == 0.0  # it never solves
    solver = mdp.solve()
    assert solver.value == pytest.approx(SUCCESS)
    most = direct.mdp.evaluate(solving_first(direct)).value
    assert most == pytest.approx(SUCCESS + 14 * FILLER)  # 3.6

    gated = tabulate(mdp, GatedAccumulation((Task(), Column("tool"))), columns=columns)
    assert gated.unrolled
    found = gated.mdp.solve()
    assert found.value == pytest.approx(SUCCESS * (1 + 14 * FILLER))  # 3.04
    assert gated.task.evaluate(found.policy).value == pytest.approx(SUCCESS)  # it always tries
    assert gated.mdp.evaluate(np.zeros(gated.mdp.num_states, dtype=int)).value == 0.0  # stalling


def solving_first(table):
    """Actions [S'] of whoever solves first and then fills."""
    return (table.base % (SOLVING + 1) < SOLVING).astype(int)


def test_fillers_still_pay_in_episodes_that_succeed_until_they_are_capped():
    """Gates do not make fillers worthless: 2.24 of the 3.04 come from them, and of what is cut to 0.02 only 0.22."""
    mdp, columns = repair_process()
    for tool, each in ((Column("tool"), FILLER), (Column("tool").then(Clip(0.0, 0.02)), 0.02)):
        table = tabulate(mdp, GatedAccumulation((Task(), tool)), columns=columns)
        fillers = table.mdp.solve().value - SUCCESS
        assert fillers == pytest.approx(SUCCESS * 14 * each)


def test_the_product_form_of_three_levels_by_hand():
    gates = GatedAccumulation((Column("a"), Column("b"), Column("c")), (1.0, 0.5))
    ends = np.array([[False] * 4, [True] * 4])
    a = np.array([[0.0, 0.5, 0.0, 0.0], [1.0, 0.5, 1.0, 0.9]])
    b = np.array([[0.25, 1.0, 0.0, 1.0], [0.25, 0.0, 0.4, 0.0]])
    c = np.array([[1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 1.0, 1.0]])
    batch = steps((2, 4), a=a, b=b, c=c, terminated=ends)
    b_open, c_open = np.array([1, 1, 1, 0]), np.array([1, 1, 0, 0])
    paid = online(gates, batch)
    assert (paid["a"] == a).all()
    assert (paid["b"][0] == 0).all() and (paid["c"][0] == 0).all()
    np.testing.assert_allclose(paid["b"][1], b.sum(0) * b_open)
    np.testing.assert_allclose(paid["c"][1], c.sum(0) * c_open)
    again = gates.recorded(batch)
    np.testing.assert_array_equal(again["b"], b * b_open)
    np.testing.assert_array_equal(again["c"], c * c_open)


@given(st.integers(0, 2**32 - 1))
def test_what_fails_is_paid_less_than_the_gate_and_what_succeeds_at_least_that(seed):
    rng = np.random.default_rng(seed)
    batch = random_steps((30, 3), rng)
    batch = batch.paying(batch.reward, outcome=rng.uniform(0, 0.4, (30, 3)), tool=rng.uniform(0, 2, (30, 3)))
    tau = 0.5
    gated = GatedAccumulation((Column("outcome"), Column("tool")), (tau,))
    whole = episode_sums(add(online(gated, batch)), batch)
    outcome = episode_sums(batch.info["outcome"], batch)
    for key, paid in whole.items():
        assert (paid >= tau) == (outcome[key] >= tau)


@given(st.integers(0, 2**32 - 1))
def test_recorded_and_online_pay_the_same_sum_per_episode_and_level(seed):
    rng = np.random.default_rng(seed)
    batch = random_steps((25, 4), rng, end=0.3)
    gated = GatedAccumulation((Task(), Milestones({"flag": 0.5}), Column("stage")), (0.2, 0.4))
    live, offline = online(gated, batch), gated.recorded(batch)
    assert list(live) == list(offline) == ["task", "milestones", "stage"]
    for name in live:
        a, b = episode_sums(live[name], batch), episode_sums(offline[name], batch)
        assert a.keys() == b.keys()
        np.testing.assert_allclose([a[k] for k in a], [b[k] for k in a], atol=1e-12)


def test_an_episode_that_the_recording_cuts_off_is_paid_its_outcome_only():
    batch = steps((3, 1), reward=[[1.0], [1.0], [1.0]], tool=np.ones((3, 1)), terminated=[[False], [True], [False]])
    gated = GatedAccumulation((Task(), Column("tool")))
    for paid in (gated.recorded(batch), online(gated, batch)):
        assert paid["task"].tolist() == [[1.0], [1.0], [1.0]]
        assert paid["tool"][2].tolist() == [0.0]
        assert paid["tool"][:2].sum() == 2.0


def test_truncation_ends_an_episode_and_the_gate_decides():
    batch = steps((2, 2), reward=[[0.0, 1.0], [0.0, 0.0]], tool=np.ones((2, 2)), truncated=[[False] * 2, [True] * 2])
    paid = online(GatedAccumulation((Task(), Column("tool"))), batch)
    assert paid["tool"].tolist() == [[0.0, 0.0], [0.0, 2.0]]


def test_nothing_flows_over_the_border_and_reset_forgets():
    gated = GatedAccumulation((Task(), Column("tool")))
    one = steps(2, reward=[1.0, 1.0], tool=[3.0, 5.0])
    end = steps(2, reward=[1.0, 0.0], tool=[1.0, 1.0], terminated=[True, True])
    gated.reset(np.array([True, True]))
    gated(one)
    gated.reset(np.array([True, False]))  # row 0 begins anew: its 3 and its outcome are gone
    assert gated(end).tolist() == [2.0, 6.0]
    gated.reset(np.array([True, True]))
    failed = steps(2, reward=[0.0, 0.0], tool=[1.0, 1.0], terminated=[True, True])
    assert gated(failed).tolist() == [0.0, 0.0]  # the outcome of the last episode opens no gate


def test_the_outcome_is_paid_at_its_own_time():
    gated = GatedAccumulation((Task(), Column("tool")))
    assert gated(steps(1, reward=[0.7], tool=[1.0])).tolist() == [0.7]


def test_a_held_back_nan_shows_even_if_the_gate_is_closed():
    gated = GatedAccumulation((Task(), Column("tool")))
    gated(steps(1, tool=[np.nan]))
    assert np.isnan(gated(steps(1, tool=[0.0], terminated=[True]))).all()


def test_equal_levels_get_names_of_their_own():
    gated = GatedAccumulation((Task(), Task(), Task()), (0.0, 0.0))
    assert list(gated.parts(steps(1))) == ["task", "task_2", "task_3"]


def test_state_goes_on_in_mid_episode():
    def levels():
        return GatedAccumulation((Task(), Milestones({"flag": 1.0})))

    rng = np.random.default_rng(3)
    batch = random_steps((20, 3), rng, end=0.1)
    whole, first = levels(), levels()
    begun = np.ones(3, dtype=bool)
    second = levels()
    for t in range(20):
        whole.reset(begun)
        if t < 10:
            first.reset(begun)
            first(batch.rows(t))
        if t == 10:
            second.load_state_dict(first.state_dict())
        expected = whole(batch.rows(t))
        if t >= 10:
            if t > 10 or begun.any():
                second.reset(begun)
            assert (second(batch.rows(t)) == expected).all()
        begun = batch.done[t]


def test_numpy_and_torch_agree():
    batch = random_steps((12, 3), np.random.default_rng(4))
    gated = GatedAccumulation((Task(), Milestones({"flag": 0.5})), (0.1,))
    a, b = gated.recorded(batch), gated.recorded(as_torch(batch))
    for name in a:
        np.testing.assert_allclose(a[name], b[name].numpy(), atol=1e-12)


def test_the_laws_of_rewards():
    batch = random_steps(12, np.random.default_rng(5))
    check_reward(GatedAccumulation((Task(), Milestones({"flag": 0.5, "stage": 0.1})), (0.1,)), batch)


@pytest.mark.parametrize(("levels", "thresholds"), [((Task(),), ()), ((Task(), Task()), ()), ((Task(),) * 3, (0.5,))])
def test_levels_and_thresholds_must_fit(levels, thresholds):
    with pytest.raises(BadOption, match="levels with"):
        GatedAccumulation(levels, thresholds)


def test_steps_come_one_at_a_time_and_rows_stay():
    gated = GatedAccumulation((Task(), Task()))
    with pytest.raises(BadBatch, match="leading axes"):
        gated(steps((2, 3)))
    gated.reset(np.ones(3, dtype=bool))
    with pytest.raises(BadBatch, match="2 rows"):
        gated(steps(2))
