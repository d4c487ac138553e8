"""The maze curriculum: random levels that are solvable, given levels row by row, round trips through the state."""

import functools

import numpy as np
import pytest
from grid_alike import rows_are_singles

from rewardlab.core.errors import BadOption
from rewardlab.core.testing import check_env
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.maze import MazeCurriculum
from rewardlab.envs.gridworlds.search.shortest import shortest_solution
from rewardlab.envs.gridworlds.tasks.maze_levels import MazeLevel, mutate, random_level, shortest, solvable
from rewardlab.envs.world import WorldEnv, WorldVectorEnv


def some(count, *, side=13, seed=0):
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        level = random_level(rng, side=side) if side == 13 else random_level(rng, side=side, walls=side)
        if solvable(level):
            found.append(level)
    return found


def test_random_levels_are_solvable_and_read_back():
    rules = MazeCurriculum()
    state = rules.first(*range(60))
    levels = rules.levels_in(state)
    assert len(set(levels)) == 60
    assert all(solvable(level) and len(level.walls) <= 60 for level in levels)
    again = MazeCurriculum(given=[level.parameters() for level in levels])
    other = again.first(*range(60))
    for key in ("lines", "field"):
        np.testing.assert_array_equal(other[key], state[key])


def test_given_levels_keep_borders_and_are_what_was_given():
    levels, rng = some(3), np.random.default_rng(1)
    for _ in range(40):
        levels = [mutate(level, rng, edits=3) for level in levels]
        rules = MazeCurriculum(given=[level.parameters() for level in levels])
        state = rules.first(0, 1, 2)
        assert rules.levels_in(state) == levels
        grid = rules.grids(state) & 15
        assert (grid[:, [0, -1]] == codes.WALL).all()
        assert (grid[:, :, [0, -1]] == codes.WALL).all()
        assert ((grid == codes.WALL).sum((1, 2)) == [56 + len(level.walls) for level in levels]).all()
        assert ((grid == codes.GOAL).sum((1, 2)) == 1).all()


def test_the_way_through_is_as_long_as_the_parameters_say():
    levels = some(6)
    rules = MazeCurriculum(given=[level.parameters() for level in levels])
    for seed, level in enumerate(levels):
        way = shortest_solution(rules, rules.first(seed))
        assert len(way) == shortest(level)
    assert rules.card().optimal_return == 1.0
    walled = MazeLevel(3, (1, 3, 4), 0, 0, 8)
    half = MazeCurriculum(side=3, walls=7, given=[walled.parameters(), MazeLevel(3, (), 0, 0, 8).parameters()])
    assert half.card().optimal_return == 0.5
    assert shortest_solution(half, half.first(0)) is None


def test_the_table_of_a_level_is_exact():
    (level,) = some(1, side=5)
    rules = MazeCurriculum(side=5, walls=5, given=[level.parameters()])
    mdp = rules.to_mdp(gamma=0.9)
    assert mdp.solve().value == pytest.approx(0.9 ** (shortest(level) - 1), abs=1e-12)
    assert mdp.num_states <= 4 * (25 - len(level.walls) - 1) + 1


def test_each_row_has_its_own_level_and_keeps_it_until_they_are_edited():
    levels, other = some(4), some(4, seed=9)
    envs = WorldVectorEnv(MazeCurriculum(given=[level.parameters() for level in levels], steps=2), 4)
    rules = envs.unwrapped.rules

    def here():
        return rules.levels_in(envs.get_state()["state"])

    envs.reset(seed=0)
    for _ in range(5):
        assert here() == levels
        envs.step(np.zeros(4, dtype=int))
    envs.step(np.zeros(4, dtype=int))  # three episodes are over, the fourth has begun
    rules.set_levels(other)
    envs.step(np.zeros(4, dtype=int))
    assert here() == levels  # a running episode goes on
    envs.step(np.zeros(4, dtype=int))
    assert here() == other
    rules.set_levels([])
    envs.step(np.zeros(4, dtype=int))
    envs.step(np.zeros(4, dtype=int))
    assert not set(here()) & {*levels, *other}


def test_a_single_environment_plays_the_level_of_its_seed():
    levels = some(3)
    env = WorldEnv(MazeCurriculum(given=[level.parameters() for level in levels]))
    for seed in (0, 1, 2, 3, 302):
        _, info = env.reset(seed=seed)
        level = levels[seed % 3]
        assert env.unwrapped.rules.levels_in(env.get_state()["state"]) == [level]
        assert info["level_seed"] == seed % 3
        assert info["goal_pos"].tolist() == [level.goal % 13 + 1, level.goal // 13 + 1]
        assert info["agent_pos"].tolist() == [level.start % 13 + 1, level.start // 13 + 1]


def test_rows_are_singles_and_laws_hold():
    assert rows_are_singles(MazeCurriculum(side=4, walls=4)) >= 6
    assert rows_are_singles(MazeCurriculum(given=[level.parameters() for level in some(2)]), steps=40) >= 3
    assert check_env(functools.partial(WorldEnv, MazeCurriculum), steps=40, processes=False)


def test_mistakes_are_named_and_change_nothing():
    level = some(1)[0].parameters()
    for options in ({"side": 1}, {"walls": 400}, {"steps": 0}):
        with pytest.raises(BadOption, match=next(iter(options))):
            MazeCurriculum(**options)
    with pytest.raises(BadOption, match="side 13"):
        MazeCurriculum(side=5, walls=5, given=[level])
    rules = MazeCurriculum(given=[level])
    with pytest.raises(BadOption):
        rules.set_levels([level, level | {"goal": level["start"]}])
    assert rules.given == [level]
