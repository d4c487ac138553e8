"""Moves on small maps: tables of neighbours, processes found by playing, returns of a limited number of steps."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.gridworlds.tables import moves


def test_walkers_go_where_no_wall_is():
    wall = moves.chart("..#\n...", ".#", where="x") == "#"
    target = moves.neighbours(wall)
    assert target[0].tolist() == [0, 1, 3, 0]
    assert target[1].tolist() == [1, 1, 4, 0]  # the wall at the right, the border above
    assert target[5].tolist() == [5, 5, 5, 4]
    np.testing.assert_array_equal(moves.distances(target, 5)[[0, 1, 3, 4, 5]], [3, 2, 2, 1, 0])


def test_where_there_is_no_way_the_distance_is_infinite():
    target = moves.neighbours(moves.chart("..#.", ".#", where="x") == "#")
    assert moves.distances(target, 0)[[0, 1, 3]].tolist() == [0, 1, np.inf]


@pytest.mark.parametrize("layout", ["", "..\n.", "a."])
def test_bad_maps_are_named(layout):
    with pytest.raises(BadOption, match="x: layout"):
        moves.chart(layout, ".#", where="x")


def test_a_letter_that_is_missing_or_doubled_is_named():
    letters = moves.chart("aab", "ab", where="x")
    assert moves.only(letters, "b", where="x") == 2
    for letter in "ac":
        with pytest.raises(BadOption, match="exactly one"):
            moves.only(letters, letter, where="x")


def walk(slip):
    """A corridor of 5 cells from its middle; the ends end it, the right one pays 1; a slip stands still."""

    def outcomes(state, action):
        x = state["x"] + np.where(action == 1, 1, -1)
        yield 1.0 - slip, {"x": x}, (x == 4) * 1.0, (x == 0) | (x == 4)
        yield slip, {"x": state["x"]}, np.zeros(len(x)), np.zeros(len(x), dtype=bool)

    return moves.explore(outcomes, {"x": np.array([2])}, actions=2, index=lambda s: s["x"], size=6)


def test_a_process_that_is_found_by_playing_is_that_of_its_rules():
    mdp = walk(0.25)
    P, R = np.zeros((6, 2, 6)), np.zeros((6, 2))
    for x in (1, 2, 3):
        for action, to in ((0, x - 1), (1, x + 1)):
            P[x, action, to], P[x, action, x] = 0.75, 0.25
            R[x, action] = 0.75 * (to == 4)
    for x in (0, 4):
        P[x, :, x] = 1.0
    P[5, :, 2] = 1.0  # 5 is the number of no state
    there, pay = mdp.dense()
    np.testing.assert_array_equal(there, P)
    np.testing.assert_array_equal(pay, R)
    assert mdp.terminal.tolist() == [True, False, False, False, True, False]
    assert mdp.initial.tolist() == [0, 0, 1, 0, 0, 0]


def test_returns_are_those_of_backward_induction():
    mdp = walk(0.25)
    uniform = np.full((6, 2), 0.5)
    whole = TabularMDP(mdp.P, mdp.R, gamma=1.0, initial=mdp.initial, terminal=mdp.terminal)
    for steps in (1, 2, 3, 7):
        random, best = moves.returns(mdp, steps)
        np.testing.assert_allclose(random, whole.evaluate(uniform, horizon=steps).value, atol=1e-15)
        np.testing.assert_allclose(best, whole.solve(horizon=steps).value, atol=1e-15)
    np.testing.assert_allclose(moves.returns(mdp, 400), (0.5, 1.0), atol=1e-12)  # from the middle, either end alike


def test_a_board_shows_walls_floors_and_walkers():
    board = moves.Board(np.array([[False, True]]), side=40)
    board.walker(0)
    image = board.image()
    assert image.shape == (40, 80, 3)
    assert tuple(image[20, 60]) == moves.WALL
    assert tuple(image[4, 4]) == moves.FLOOR
    assert tuple(image[28, 20]) == moves.WALKER
