"""The shared ground of small grid worlds: moves against a slow loop, processes and returns against closed forms."""

import numpy as np
import pytest
import torch

from rewardlab.envs.gridworlds.tables.table import DIAGONAL, FOUR, STAY, Tables, actions, neighbours, process, returns


def slow(walls, row, column, move):
    r, c = row + move[0], column + move[1]
    inside = 0 <= r < walls.shape[0] and 0 <= c < walls.shape[1]
    return (r, c) if inside and not walls[r, c] else (row, column)


def test_neighbours_are_those_of_a_slow_loop():
    walls = np.random.default_rng(0).random((3, 4, 6)) < 0.3
    moves = np.concatenate([FOUR, DIAGONAL, STAY])
    found = neighbours(walls, moves)
    for level in range(3):
        for row, column in np.ndindex(4, 6):
            for m, move in enumerate(moves):
                r, c = slow(walls[level], row, column, move)
                assert found[level, row * 6 + column, m] == r * 6 + c


def test_a_fast_move_is_two_moves_and_slips_turn_by_a_quarter():
    walls = np.random.default_rng(1).random((2, 5, 5)) < 0.3
    target, turned, effort = actions(walls, stay=True, fast=0.5)
    assert target.shape == (2, 25, 9)
    np.testing.assert_array_equal(effort, [0.0] * 5 + [0.5] * 4)
    for level in range(2):
        np.testing.assert_array_equal(target[level, :, 4], np.arange(25))
        for a in range(4):
            np.testing.assert_array_equal(target[level, :, 5 + a], target[level, target[level, :, a], a])
    for a in range(4):
        assert FOUR[a] @ FOUR[turned[a, 1]] == 0
        np.testing.assert_array_equal(FOUR[turned[a, 1]], -FOUR[turned[a, 2]])
        np.testing.assert_array_equal(turned[5 + a], turned[a] + 5)
    np.testing.assert_array_equal(turned[4], [4, 4, 4])
    assert actions(walls, stay=False, fast=None)[0].shape == (2, 25, 4)


def corridor(terminal):
    """Three cells; right from 0 to 1, from 1 half of the time to 2; a fourth that nothing reaches."""
    after = np.array([[[0, 0], [1, 1]], [[0, 0], [1, 2]], [[2, 2], [2, 2]], [[3, 3], [3, 3]]])
    probability = np.full(after.shape, 0.5)
    pay = np.array([[-1.0, -1.0], [-1.0, -1.0], [0.0, 0.0], [9.0, 9.0]])
    return process(probability, after, pay, np.array([1.0, 0, 0, 0]), np.array(terminal))


def test_a_process_adds_its_branches_and_ends_what_never_plays():
    mdp = corridor([False, False, True, False])
    assert mdp.gamma == 1.0
    assert mdp.terminal.tolist() == [False, False, True, True]
    assert mdp.P.toarray()[1].tolist() == [0, 1, 0, 0]
    np.testing.assert_allclose(mdp.solve().V, [-3.0, -2.0, 0.0, 0.0])  # one step, then two on average


def test_a_state_that_nothing_reaches_keeps_its_value_if_it_can_end():
    after = np.array([[[1]], [[1]], [[1]]])
    mdp = process(np.ones((3, 1, 1)), after, np.full((3, 1), -1.0), np.array([1.0, 0, 0]), np.arange(3) == 1)
    assert mdp.terminal.tolist() == [False, True, False]
    assert mdp.solve().V.tolist() == [-1.0, 0.0, -1.0]


def test_a_reached_state_without_an_end_leaves_a_discount():
    after = np.array([[[1], [2]], [[1], [1]], [[2], [2]]])
    mdp = process(np.ones((3, 2, 1)), after, np.full((3, 2), -1.0), np.array([1.0, 0, 0]), np.arange(3) == 1)
    assert mdp.terminal.tolist() == [False, True, False] and mdp.gamma == 0.99
    assert mdp.solve().V[2] == pytest.approx(-100.0)


def test_without_an_end_there_is_a_discount():
    mdp = corridor([False] * 4)
    assert mdp.gamma == 0.99
    assert not mdp.terminal.any()


def test_returns_are_those_of_backward_induction():
    mdp = corridor([False, False, True, False])
    uniform = np.full((4, 2), 0.5)
    for horizon in (1, 2, 7):
        random, best = returns(mdp, horizon)
        assert random == pytest.approx(mdp.evaluate(uniform, horizon=horizon).value, abs=1e-12)
        assert best == pytest.approx(mdp.solve(horizon=horizon).value, abs=1e-12)
    assert returns(mdp.with_gamma(0.5), 7) == returns(mdp, 7)  # undiscounted
    assert returns(mdp, 500)[1] == pytest.approx(-3.0, abs=1e-12)


def test_tables_have_a_copy_on_each_device():
    tables = Tables(a=np.arange(3), b=np.eye(2))
    assert isinstance(tables()["a"], np.ndarray)
    there = tables(torch.device("cpu"))
    assert torch.equal(there["b"], torch.eye(2, dtype=torch.float64))
    assert tables(torch.device("cpu")) is there
