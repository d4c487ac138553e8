"""Named games: their equilibria are the published ones; drawn ones have the properties that their names promise."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.game import check_preferences, exploitability
from rewardlab.core.saddle import minimax_winner, nash, preference_gap
from rewardlab.envs.games import payoffs


@pytest.mark.parametrize(
    ("law", "equilibria", "other"),
    [
        ("rock_paper_scissors", [([1 / 3, 1 / 3, 1 / 3],) * 2], [1, 0, 0]),
        ("biased_rock_paper_scissors", [([0.25, 0.5, 0.25],) * 2], [1 / 3, 1 / 3, 1 / 3]),
        ("matching_pennies", [([0.5, 0.5],) * 2], [1, 0]),
        ("prisoners_dilemma", [([0, 1],) * 2], [1, 0]),
        ("stag_hunt", [([1, 0],) * 2, ([0, 1],) * 2, ([2 / 3, 1 / 3],) * 2], [0.5, 0.5]),
    ],
)
def test_the_equilibria_of_classical_games(law, equilibria, other):
    u = payoffs.named(law, None, 0, where="test")
    for mixes in equilibria:
        assert exploitability(u, [np.array(x, dtype=float) for x in mixes]) < 1e-12
    assert exploitability(u, [np.array(other, dtype=float)] * 2) > 0.1


@pytest.mark.parametrize("n", [3, 4, 7, 10])
@pytest.mark.parametrize("seed", range(3))
def test_on_a_circle_everything_is_beaten_and_only_a_mixture_is_not(n, seed):
    p = payoffs.named("cyclic", n, seed, where="test")
    chances = check_preferences(p[0])
    np.testing.assert_array_equal(p[1], chances.T)
    beaten = chances[np.arange(n), (np.arange(n) + 1) % n]
    assert ((beaten >= 0.6) & (beaten < 0.9)).all()
    ahead = (np.arange(n) - np.arange(n)[:, None]) % n
    assert (chances[(ahead > 0) & (2 * ahead < n)] > 0.5).all()
    winner = minimax_winner(chances)
    assert preference_gap(chances, winner) < 1e-9 and (winner > 1e-9).sum() >= 3
    assert min(preference_gap(chances, pure) for pure in np.eye(n)) >= 0.1


@pytest.mark.parametrize("law", ["zero_sum", "preference", "bradley_terry"])
def test_drawn_games(law):
    u = payoffs.named(law, 5, 3, where="test")
    assert u.shape == (2, 5, 5)
    np.testing.assert_array_equal(u, payoffs.named(law, 5, 3, where="test"))
    assert not np.array_equal(u, payoffs.named(law, 5, 4, where="test"))
    if law == "zero_sum":
        np.testing.assert_array_equal(u[0], -u[1])
        assert np.abs(u).max() <= 1.0 and abs(nash(u[0]).value) < 1.0
        return
    p = check_preferences(u[0])
    if law == "bradley_terry":  # odds multiply along any path: there is a score
        odds = np.log(p / (1 - p))
        np.testing.assert_allclose(odds[0, 1] + odds[1, 2], odds[0, 2], atol=1e-9)
        assert sorted(minimax_winner(p))[-1] > 1 - 1e-9


def test_a_game_of_two_sizes():
    assert payoffs.zero_sum(2, 0, 5).shape == (2, 2, 5)


@pytest.mark.parametrize(
    ("law", "size", "words"),
    [
        ("chess", None, "law='chess'"),
        ("stag_hunt", 3, "size=3"),
        ("cyclic", 2, "at least 3"),
        ("zero_sum", 0, "size=0"),
    ],
)
def test_mistakes_are_named(law, size, words):
    with pytest.raises(BadOption, match=words):
        payoffs.named(law, size, 0, where="test")
