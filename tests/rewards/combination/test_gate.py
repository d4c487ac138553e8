import math

import numpy as np
import pytest
from steps import as_torch, online, random_steps, steps

from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task, add
from rewardlab.core.tabulate import strays, tabulate
from rewardlab.rewards import Gate, GatedAccumulation, Milestones, Potential


def half(obs):
    return 0.5 * obs[..., 0]


def test_an_open_gate_is_the_identity_bit_for_bit():
    batch = random_steps((20, 5), np.random.default_rng(0))
    batch = batch.paying(batch.reward, one=np.ones((20, 5)), flag=np.ones((20, 5), dtype=bool))
    reward = Task() + 0.3 * Potential(half) + Milestones({"stage": 0.1})
    expected = online(reward, batch)
    for column in ("one", "flag"):
        paid = online(Gate(reward, column), batch)
        assert list(paid) == list(expected)
        for name in paid:
            np.testing.assert_array_equal(paid[name], expected[name])


def test_it_pays_where_the_column_is_in_range_only():
    batch = steps(5, reward=[1.0, 2.0, 3.0, 4.0, 5.0], speed=[0.0, 1.0, 1.5, 2.0, np.nan])
    assert Gate(Task(), "speed")(batch)[:4].tolist() == [0.0, 2.0, 3.0, 4.0]
    assert Gate(Task(), "speed", 1.0, 1.5)(batch)[:4].tolist() == [0.0, 2.0, 3.0, 0.0]
    assert Gate(Task(), "speed", -math.inf, 1.0)(batch)[:4].tolist() == [1.0, 2.0, 0.0, 0.0]
    assert np.isnan(Gate(Task(), "speed")(batch)[4])
    assert np.isnan(Gate(Task(), "speed")(steps(1, reward=[np.nan], speed=[0.0]))).all()  # a closed gate hides no NaN


def test_a_gate_and_its_complement_make_the_whole():
    batch = random_steps(50, np.random.default_rng(1))
    low, high = Gate(Task(), "stage", -math.inf, 1.0), Gate(Task(), "stage", 2.0)
    np.testing.assert_array_equal((low + high)(batch), batch.reward)
    np.testing.assert_array_equal((low + high)(as_torch(batch)).numpy(), batch.reward)


def test_recorded_parts_are_paid_at_their_own_time():
    batch = steps(
        (3, 1), reward=[[0.0], [0.0], [1.0]], terminated=[[False], [False], [True]], on=[[True], [False], [True]]
    )
    gated = Gate(GatedAccumulation((Task(), 2.0 * Task() + Milestones({"on": 0.5}))), "on")
    assert add(gated.recorded(batch)).shape == (3, 1)
    np.testing.assert_allclose(add(gated.recorded(batch))[:, 0], [0.5, 0.0, 3.0])


def test_a_gate_takes_the_lure_out_of_a_bonus():
    """A bonus for resting draws the optimum away from the goal; paid only at the goal it does not."""
    P = np.zeros((2, 2, 2))
    P[0, 0, 0] = P[0, 1, 1] = P[1, :, 1] = 1.0  # rest, or go to the goal
    R = np.zeros((2, 2, 2))
    R[0, 1, 1] = 1.0
    mdp = TabularMDP(P, R, gamma=0.9, terminal=np.array([False, True]))
    columns = {"bonus": np.array([0.5, 0.0]), "home": np.array([False, True])}

    class Bonus(Task):
        def __call__(self, batch):
            return batch.column("bonus")

    assert strays(tabulate(mdp, Task() + Bonus(), columns=columns)).any()  # 0.5 / (1 - 0.9) = 5 beats 1
    assert not strays(tabulate(mdp, Task() + Gate(Bonus(), "home"), columns=columns)).any()


def test_mistakes_are_named():
    for low, high in ((2.0, 1.0), (-math.inf, math.inf)):
        with pytest.raises(BadOption, match="Gate"):
            Gate(Task(), "speed", low, high)
    with pytest.raises(MissingColumn, match="'sped'"):
        Gate(Task(), "sped")(steps(2, speed=[0.0, 1.0]))
    assert repr(Gate(Task(), "speed", at_most=2.0)) == "Gate(reward=Task(), column='speed', at_most=2.0)"
