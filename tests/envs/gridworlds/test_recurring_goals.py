"""Recurring goals: the same level for so many episodes of a row, another one then; starts that differ."""

import functools

import numpy as np
import pytest
from grid_alike import rows_are_singles

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.core.testing import check_env
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.recurring_goals import RecurringGoals
from rewardlab.envs.gridworlds.search.planner import optimal_steps
from rewardlab.envs.gridworlds.search.shortest import shortest_solution
from rewardlab.envs.world import WorldEnv, WorldVectorEnv


def episodes(rules, seeds, count):
    """[count, n, ...] grids and fields of the first episodes."""
    rng, grids, fields = Streams(seeds), [], []
    for _ in range(count):
        rng.begin(slice(None))
        state = rules.start(len(seeds), rng)
        grids.append(rules.grids(state))
        fields.append(state["field"])
    return np.array(grids), np.array(fields)


def test_levels_recur_and_then_change():
    grids, fields = episodes(RecurringGoals(episodes_per_task=3), [0, 1, 2**63], 9)
    whole = grids.reshape(3, 3, 3, -1)  # [task, episode, row, cells]
    assert (whole == whole[:, :1]).all()
    assert len(np.unique(whole[:, 0].reshape(9, -1), axis=0)) == 9
    assert (np.arange(9) % 3 == fields[..., codes.P0].T).all()
    assert (np.arange(9) // 3 == fields[..., codes.P1].T).all()
    starts = fields[:, 0][:, [codes.X, codes.Y, codes.HEADING]]
    assert len(np.unique(starts, axis=0)) > 6


def test_the_first_level_is_the_seeds_own_whatever_the_block():
    a, _ = episodes(RecurringGoals(episodes_per_task=1), range(5), 2)
    b, _ = episodes(RecurringGoals(episodes_per_task=7), range(5), 2)
    np.testing.assert_array_equal(a[0], b[0])
    assert (a[1] != b[1]).any()


def test_goals_and_starts_are_even_over_the_free_cells():
    grids, fields = episodes(RecurringGoals(side=7, episodes_per_task=1), range(3000), 1)
    goals = np.argwhere(grids[0] & 15 == codes.GOAL)[:, 1:]
    rooms = goals[(goals != 3).all(1)] // 4  # goals in doorways apart
    _, count = np.unique(rooms, axis=0, return_counts=True)
    expected = len(rooms) / 4
    assert ((count - expected) ** 2 / expected).sum() < 16.3  # chi-square, 3 degrees of freedom, 0.1 %
    headings = np.bincount(fields[0, :, codes.HEADING], minlength=4)
    assert ((headings - 750) ** 2 / 750).sum() < 16.3
    at = fields[0][:, [codes.X, codes.Y]]
    assert (grids[0][np.arange(3000), at[:, 0], at[:, 1]] == codes.EMPTY).all()


@pytest.mark.parametrize("side", [7, 13, 25])
def test_every_goal_is_reached_within_the_bound_of_the_card(side):
    rules = RecurringGoals(side=side)
    state = rules.first(*range(40))
    for grid, field in zip(codes.unpack(rules.grids(state)), state["field"], strict=True):
        assert optimal_steps(grid, (field[codes.X], field[codes.Y]), field[codes.HEADING]) <= 3 * side + 12
    assert (rules.card().optimal_return == 1.0) == (3 * side + 12 <= 100)
    assert RecurringGoals(side=25, steps=80).card().optimal_return is None


def test_the_search_and_the_table_agree():
    rules = RecurringGoals(side=7)
    for seed in range(4):
        steps = len(shortest_solution(rules, rules.first(seed)))
        mdp = rules.to_mdp(seed, gamma=0.9)
        assert mdp.solve().value == pytest.approx(0.9 ** (steps - 1), abs=1e-12)
        free = (rules.grids(rules.first(seed)) == codes.EMPTY).sum()
        assert mdp.num_states <= 4 * free + 1


def test_rows_tell_task_and_episode():
    envs = WorldVectorEnv(RecurringGoals(episodes_per_task=2, steps=3), 2)
    _, info = envs.reset(seed=0)
    told = [(info["task"][0], info["episode_in_task"][0])]
    for _ in range(15):
        _, _, ended, cut, info = envs.step(np.zeros(2, dtype=int))
        if (ended | cut).all():
            told.append((info["task"][0], info["episode_in_task"][0]))
    assert told == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]


def test_rows_are_singles_and_laws_hold():
    assert rows_are_singles(RecurringGoals(side=7, episodes_per_task=2), steps=80, limit=12) >= 15
    assert check_env(functools.partial(WorldEnv, RecurringGoals), steps=40, processes=False)


def test_mistakes_are_named():
    for options in ({"side": 8}, {"side": 5}, {"episodes_per_task": 0}, {"steps": 0}, {"levels": 3}):
        with pytest.raises(BadOption, match=next(iter(options))):
            RecurringGoals(**options)
