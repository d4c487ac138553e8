"""Drawn tasks: the same for ever, held-out ones apart, worlds that hang together, goals that can be met by walking."""

from collections import deque

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.games import predicate_tasks as universe
from rewardlab.envs.games import predicates as logic


def reached(task):
    """The cells that player 0 can walk to."""
    seen, front = {int(task.cell[0])}, deque([int(task.cell[0])])
    while front:
        y, x = divmod(front.popleft(), 9)
        for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= v < 9 and 0 <= u < 9 and not task.wall[v * 9 + u] and v * 9 + u not in seen:
                seen.add(v * 9 + u)
                front.append(v * 9 + u)
    return seen


@pytest.mark.parametrize("players", [1, 2])
def test_worlds_hang_together_and_hold_all_that_goals_speak_of(players):
    for k in range(12):
        task = universe.drawn("train", k, players)
        free = set(np.flatnonzero(~task.wall))
        assert reached(task) == free and len(free) > 40
        assert len(set(task.cell)) == players + 4 and set(task.cell.tolist()) <= free
        assert {0, 1, 2} <= set(task.floor[~task.wall])
        logic.check_goals(task.goals, universe.entities(players), where="test")
        for goal in task.goals:
            for option in goal:
                used = [tuple(x) for x in option.tolist() if x[0] >= 0]
                assert len(set(used)) == len(used)
                assert all(a != b for _, a, b in used)
        assert (task.goals[:, 0, 0, 0] >= 0).all()


def test_numbers_name_tasks_and_the_held_out_ones_are_others():
    universe.drawn.cache_clear()
    first = universe.drawn("train", 3, 1)
    universe.drawn.cache_clear()
    again, other, held = (universe.drawn(*which) for which in (("train", 3, 1), ("train", 4, 1), ("test", 3, 1)))
    for a, b in zip(vars(first).values(), vars(again).values(), strict=True):
        np.testing.assert_array_equal(a, b)
    texts = {k: universe.drawn("train", k, 1) for k in range(15)} | {
        -k - 1: universe.drawn("test", k, 1) for k in range(15)
    }
    assert len({(t.wall.tobytes(), t.goals.tobytes()) for t in texts.values()}) == 30
    assert not np.array_equal(first.wall, other.wall) and not np.array_equal(first.wall, held.wall)


def test_goals_use_all_predicates_and_sizes():
    goals = np.concatenate([universe.drawn("train", k, 2).goals for k in range(30)])
    used = goals[..., 0] >= 0
    assert set(goals[..., 0][used]) == set(range(6))
    assert set(used.sum(-1).ravel()) == {0, 1, 2, 3}
    assert 0.2 < used[:, 1, 0].mean() < 0.8


@pytest.mark.parametrize("name", ["tag", "hide", "capture"])
def test_games_made_by_hand(name):
    task = universe.probe(name)
    assert reached(task) == set(np.flatnonzero(~task.wall))
    logic.check_goals(task.goals, universe.entities(2), where="test")
    said = [logic.spoken(g, ["a", "b", "A", "B", "C", "D", "0", "1", "2"]) for g in task.goals]
    assert (
        said
        == {
            "tag": ["near(a, b)", "not near(b, a)"],
            "hide": ["see(a, b)", "not see(a, b)"],
            "capture": ["hold(a, A) and on(a, 0)", "hold(b, A) and on(b, 1)"],
        }[name]
    )


def test_an_unknown_game_is_named():
    with pytest.raises(BadOption, match="tasks='chess'"):
        universe.probe("chess")
