import gymnasium as gym
import numpy as np
import pytest
from grid_graph import levels, returns

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds import MiniGridTask, optimal_steps
from rewardlab.envs.gridworlds.kernel import codes

EMPTY, WALL, DOOR, KEY, GOAL = (1, 0, 0), (2, 5, 0), (4, 4, 2), (5, 4, 0), (8, 1, 0)


def level(*rows):
    """A grid [width, height, 3] from rows of letters."""
    things = {".": EMPTY, "#": WALL, "D": DOOR, "K": KEY, "G": GOAL, "O": (4, 4, 0), "C": (4, 4, 1), "R": (5, 0, 0)}
    return np.array([[things[c] for c in row] for row in rows]).transpose(1, 0, 2)


def test_every_level_of_doorkey_is_solved_in_the_fewest_steps():
    rules = MiniGridTask()
    start, _ = levels(rules, 1000)
    _, best = returns(rules, start)  # backward induction through the rules themselves
    assert len(best) == 48
    for field, grid, value in zip(start["field"], codes.unpack(rules.grids(start)), best, strict=True):
        steps = optimal_steps(grid, (field[codes.X], field[codes.Y]), field[codes.HEADING])
        assert 1 - 0.9 * steps / 250 == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("rows", "heading", "steps"),
    [
        (["..G"], 0, 2),
        (["..G"], 2, 4),  # two turns first
        ([".KG"], 0, 3),  # the key is in the way
        ([".OG"], 0, 2),
        ([".CG"], 0, 3),
        (["K.DG"], None, None),
        ([".#G"], 0, None),
        ([".R.", "..D", "..G"], 1, 5),  # a key of another colour, and a way around
    ],
)
def test_small_levels_by_hand(rows, heading, steps):
    if heading is None:  # the agent beside the key, which lies behind it: turn 2, take, turn 2, open, walk 2
        assert optimal_steps(level(*rows), (1, 0), 0) == 8
    else:
        assert optimal_steps(level(*rows), (0, 0), heading) == steps


def test_a_key_of_another_colour_opens_nothing():
    assert optimal_steps(level("R.DG"), (1, 0), 0) is None


def test_levels_with_several_doors_are_refused():
    env = gym.make("MiniGrid-MultiRoom-N6-v0").unwrapped
    env.reset(seed=0)
    with pytest.raises(BadOption, match="doors"):
        optimal_steps(env.grid.encode(), env.agent_pos, env.agent_dir)
