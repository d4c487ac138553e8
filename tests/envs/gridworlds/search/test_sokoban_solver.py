"""Sokoban solver: shortest against a plain search, None where nothing helps, and 200 generated levels solved."""

from collections import deque

import numpy as np
import pytest

from rewardlab.envs.gridworlds.search.sokoban_solver import solve_sokoban
from rewardlab.envs.gridworlds.tasks.sokoban_levels import Level, make

STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))


def read(*rows):
    letters = np.array([list(row) for row in rows])
    player = np.flatnonzero(np.isin(letters.ravel(), ["@", "+"]))[0]
    return Level(letters == "#", np.isin(letters, list(".*+")), np.isin(letters, list("$*")), int(player))


def push(level, player, boxes, action):
    """One move by the book: (player, boxes), or None if something is in the way."""
    down, right = STEPS[action]
    to = player[0] + down, player[1] + right
    if level.wall[to]:
        return None
    if to in boxes:
        beyond = to[0] + down, to[1] + right
        if level.wall[beyond] or beyond in boxes:
            return None
        boxes = boxes - {to} | {beyond}
    return to, boxes


def begin(level):
    width = level.wall.shape[1]
    return divmod(level.player, width), frozenset(map(tuple, np.argwhere(level.box).tolist()))


def plain(level):
    """The length of a shortest solution by breadth-first search, without any pruning."""
    targets = frozenset(map(tuple, np.argwhere(level.target).tolist()))
    start = begin(level)
    seen, line = {start: 0}, deque([start])
    while line:
        state = line.popleft()
        if state[1] == targets:
            return seen[state]
        for action in range(4):
            after = push(level, *state, action)
            if after and after not in seen:
                seen[after] = seen[state] + 1
                line.append(after)
    return None


def play(level, actions):
    state = begin(level)
    for action in actions:
        state = push(level, *state, action)
        assert state is not None, "a move that cannot be made"
    return state[1] == frozenset(map(tuple, np.argwhere(level.target).tolist()))


@pytest.mark.parametrize("size,boxes,count", [(5, 1, 20), (6, 2, 20), (7, 2, 12)])
def test_solutions_are_shortest(size, boxes, count):
    for number in range(count):
        level = make(size, boxes, number, "train")
        actions = solve_sokoban(level)
        assert play(level, actions)
        assert len(actions) == plain(level)


def test_two_hundred_levels_are_solvable_within_the_limit_of_steps():
    lengths = []
    for split in ("train", "test"):
        for number in range(100):
            level = make(7, 2, number, split)
            actions = solve_sokoban(level)
            assert actions is not None and play(level, actions)
            lengths.append(len(actions))
    assert max(lengths) < 120
    assert np.median(lengths) >= 10 and len(set(lengths)) > 15  # neither trivial nor all alike


@pytest.mark.parametrize(
    "rows",
    [
        ["#####", "#@ .#", "#$  #", "#####"],  # along the wall it can be pushed only if one stands behind it
        ["######", "#$  .#", "#@   #", "######"],  # in a corner
        ["#######", "#@$ # #", "#   #.#", "#######"],  # a wall between
        ["######", "#@   #", "# $$ #", "#    #", "# .###", "#.####", "######"],
    ],
)
def test_it_agrees_with_the_plain_search_where_there_may_be_no_solution(rows):
    level = read(*rows)
    actions = solve_sokoban(level)
    assert (None if actions is None else len(actions)) == plain(level)


def test_what_is_solved_needs_nothing():
    assert solve_sokoban(read("####", "#@*#", "####")) == []
    assert solve_sokoban(read("#####", "#@$.#", "#####")) == [1]


def test_it_gives_up_where_it_is_told_to():
    with pytest.raises(ArithmeticError, match="more than 10 states"):
        solve_sokoban(make(8, 3, 0, "train"), most=10)
