"""Sokoban tables: against a breadth-first search of their own over tuples, the solver, and play."""

from collections import deque

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.search.sokoban_solver import solve_sokoban
from rewardlab.envs.gridworlds.sokoban import Sokoban
from rewardlab.envs.lookup import returns

CASES = [(5, 1, 0), (5, 2, 1), (6, 1, 2), (6, 2, 0), (7, 2, 3)]  # size, boxes, level
DENSE = {"step_reward": -0.1, "box_reward": 1.0, "finish_reward": 10.0}


def searched(level):
    """The situations that can be reached (player, boxes), and the steps of a shortest solution."""
    floor = {tuple(c) for c in np.argwhere(~level.wall).tolist()}
    target = frozenset(tuple(c) for c in np.argwhere(level.target).tolist())
    start = divmod(level.player, level.wall.shape[1]), frozenset(tuple(c) for c in np.argwhere(level.box).tolist())
    steps, queue, shortest = {start: 0}, deque([start]), None
    while queue:
        here = queue.popleft()
        (r, c), boxes = here
        if boxes == target:
            shortest = steps[here] if shortest is None else shortest
            continue
        for down, right in ((-1, 0), (0, 1), (1, 0), (0, -1)):
            to, beyond = (r + down, c + right), (r + 2 * down, c + 2 * right)
            if to not in floor or (to in boxes and (beyond in boxes or beyond not in floor)):
                continue
            new = to, boxes - {to} | {beyond} if to in boxes else boxes
            if new not in steps:
                steps[new] = steps[here] + 1
                queue.append(new)
    return steps.keys(), shortest


@pytest.mark.parametrize(("size", "boxes", "level"), CASES)
def test_the_value_is_that_of_the_shortest_solution(size, boxes, level):
    rules = Sokoban(size=size, boxes=boxes, levels=9)
    found, (reached, shortest) = rules.table(level), searched(rules.level(level))
    shown = rules.table_observations(level)
    names = {
        (tuple(np.argwhere(s[3])[0].tolist()), frozenset(tuple(c) for c in np.argwhere(s[2]).tolist())) for s in shown
    }
    assert len(shown) == len(names) and names == reached
    mdp = found.mdp
    assert mdp.solve().value == pytest.approx(0.99 ** (shortest - 1), abs=1e-12)
    assert shortest == len(solve_sokoban(rules.level(level)))
    assert (mdp.solve(horizon=shortest).value > 0) and mdp.solve(horizon=shortest - 1).value == 0.0
    np.testing.assert_array_equal(rules.table_places(level), np.argwhere(shown[:, 3])[:, 1:])
    np.testing.assert_array_equal(mdp.terminal, (shown[:, 1] == shown[:, 2]).all((1, 2)))


def test_dense_pay_of_the_best_play_within_a_number_of_steps():
    """Box rewards telescope, so that the best play of the solution's length is a shortest solution."""
    rules = Sokoban(size=6, boxes=2, levels=3, **DENSE)
    for level in range(3):
        steps = searched(rules.level(level))[1]
        on = int((rules.level(level).box & rules.level(level).target).sum())
        mdp = rules.to_mdp(level)
        assert returns(mdp, steps)[1] == pytest.approx(-0.1 * steps + 2 - on + 10, abs=1e-9)
        assert returns(mdp, steps - 1)[1] < 2.0  # what is not solved earns boxes at most


@pytest.mark.parametrize("fields", [{}, DENSE])
def test_the_table_predicts_play(fields):
    rules = Sokoban(size=6, boxes=2, levels=4, **fields)
    found, rng, nobody = rules.table(1), np.random.default_rng(0), Streams([])
    start = {k: v[:1] for k, v in found.states.items()}
    assert found.index(start).tolist() == [0] and found.mdp.initial[0] == 1.0
    state, ends = start, 0
    best = found.mdp.solve(horizon=40).policy[0]
    for _ in range(600):
        here = int(found.index(state)[0])
        action = int(rng.integers(4)) if rng.random() < 0.3 else int(best[here])
        state, reward, ended, _ = rules.move(state, np.array([action]), nobody)
        to = int(found.mdp.P.indices[here * 4 + action])
        assert found.mdp.R[here, action] == reward[0] and to == found.index(state)[0]
        assert found.mdp.terminal[to] == ended[0]
        if ended[0] or rng.random() < 0.02:
            ends, state = ends + int(ended[0]), start
    assert ends > 3


def test_mistakes_are_named():
    rules = Sokoban(levels=2)
    with pytest.raises(BadOption, match=r"Sokoban\.to_mdp: more than 50 situations"):
        rules.to_mdp(limit=50)
    with pytest.raises(BadOption, match="level 2"):
        rules.to_mdp(2)
    other = Sokoban(size=7, boxes=1, levels=1).table().states
    with pytest.raises(BadOption, match="row 0 is no situation"):
        rules.table().index(other)
