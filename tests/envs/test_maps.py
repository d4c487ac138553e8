"""Maps: letters and mistakes in them, and processes found by playing against those written down by hand."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs import maps
from rewardlab.envs.lookup import returns


def test_letters_stand_where_they_were_written():
    letters = maps.chart("aab\n.#a", "ab.#", where="x")
    assert letters.tolist() == [["a", "a", "b"], [".", "#", "a"]]
    assert (maps.only(letters, "b", where="x"), maps.only(letters, "#", where="x")) == (2, 4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: maps.chart("#x", "#.", where="t"), "\\['x'\\]"),
        (lambda: maps.chart("##\n#", "#.", where="t"), "lines of \\[1, 2\\]"),
        (lambda: maps.chart("", "#.", where="t"), "at least one letter"),
        (lambda: maps.only(np.array([["a", "a"]]), "a", where="t"), "2 times 'a'"),
        (lambda: maps.only(np.array([["a", "a"]]), "b", where="t"), "0 times 'b'"),
    ],
)
def test_mistakes_are_named(call, words):
    with pytest.raises(BadOption, match=words):
        call()


def walk(slip):
    """A corridor of 5 cells from its middle; the ends end it, the right one pays 1; a slip stands still."""

    def outcomes(state, action):
        x = state["x"] + np.where(action == 1, 1, -1)
        yield 1.0 - slip, {"x": x}, (x == 4) * 1.0, (x == 0) | (x == 4)
        yield slip, {"x": state["x"]}, np.zeros(len(x)), np.zeros(len(x), dtype=bool)

    return maps.explore(outcomes, {"x": np.array([2])}, actions=2, index=lambda s: s["x"], size=6)


@pytest.mark.parametrize("slip", [0.25, 0.0])
def test_a_process_that_is_found_by_playing_is_that_of_its_rules(slip):
    mdp = walk(slip)
    P, R = np.zeros((6, 2, 6)), np.zeros((6, 2))
    for x in (1, 2, 3):
        for action, to in ((0, x - 1), (1, x + 1)):
            P[x, action, to], P[x, action, x] = 1 - slip, slip
            R[x, action] = (1 - slip) * (to == 4)
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
        random, best = returns(mdp, steps)
        np.testing.assert_allclose(random, whole.evaluate(uniform, horizon=steps).value, atol=1e-15)
        np.testing.assert_allclose(best, whole.solve(horizon=steps).value, atol=1e-15)
    np.testing.assert_allclose(returns(mdp, 400), (0.5, 1.0), atol=1e-12)  # from the middle, either end alike
