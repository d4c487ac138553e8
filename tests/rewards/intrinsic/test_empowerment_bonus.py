import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import tabulate
from rewardlab.rewards import Empowerment, empowerment


def rooms():
    """Five places on a line with a trap at the left end: left, stay, right; in the trap nothing does anything."""
    P = np.zeros((5, 3, 5))
    for s in range(5):
        for a, move in enumerate((-1, 0, 1)):
            P[s, a, 0 if s == 0 else min(s + move, 4)] = 1.0
    return TabularMDP(P, np.zeros((5, 3)), gamma=0.9, initial=2)


def test_it_pays_the_state_that_was_reached_in_bits():
    reward = Empowerment(rooms())
    paid = reward(steps(5, obs=np.zeros(5, int), next_obs=np.arange(5)))
    np.testing.assert_allclose(paid, np.log2([1, 3, 3, 3, 2]), atol=1e-6)
    np.testing.assert_allclose(Empowerment(rooms(), 2).table, np.log2([1, 4, 5, 4, 3]), atol=1e-6)
    np.testing.assert_array_equal(Empowerment(rooms(), 2).table, empowerment(rooms(), 2))
    np.testing.assert_array_equal(reward(as_torch(steps((1, 5), obs=np.arange(5)[None]))).numpy()[0], paid)


def test_whoever_maximises_it_keeps_out_of_the_trap_and_in_the_middle():
    table = tabulate(rooms(), Empowerment(rooms(), 2))
    best = table.mdp.solve()
    assert best.optimal_actions()[1].tolist() == [False, False, True]  # away from the trap
    assert best.optimal_actions()[2].tolist() == [False, True, False]
    assert best.optimal_actions()[4].tolist() == [True, False, False]
    assert best.value == pytest.approx(np.log2(5) / (1 - 0.9), rel=1e-6)


def test_numbers_that_are_no_states_shapes_and_nan():
    reward = Empowerment(rooms(), state=lambda o: o[..., 0])
    paid = reward(steps(2, obs=np.array([[np.nan], [4.0]])))
    assert np.isnan(paid[0]) and paid[1] == pytest.approx(1.0)
    with pytest.raises(BadBatch, match="no state"):
        reward(steps(1, obs=np.array([[5.0]])))
    with pytest.raises(BadBatch, match="states of shape"):
        Empowerment(rooms())(steps(2, obs=np.zeros((2, 3))))
    with pytest.raises(BadOption, match="horizon"):
        Empowerment(rooms(), 0)
