"""A way between moving obstacles that ends at the goal in the level itself, with its own random numbers."""

import pytest
from lockstep_twin import started

from rewardlab.benchmarks.lockstep.obstacles import dodge
from rewardlab.benchmarks.lockstep.trial import Ended, Stuck, Trial


@pytest.mark.parametrize("size", ["5x5", "Random-6x6", "16x16"])
def test_the_goal_is_reached_in_the_level_itself(size):
    for seed in range(5):
        env = started(f"MiniGrid-Dynamic-Obstacles-{size}-v0", seed)
        before = env.np_random.bit_generator.state
        trial = Trial(env)
        with pytest.raises(Ended):
            dodge(trial)
        assert trial.paid > 0 and env.np_random.bit_generator.state == before
        *first, last = [env.step(a)[1:3] for a in trial.actions]
        assert last == (trial.paid, True) and all(step == (0, False) for step in first)


def test_the_way_is_as_short_as_in_an_empty_room_where_nothing_is_in_it():
    env = started("MiniGrid-Dynamic-Obstacles-8x8-v0", 0)
    for ball in env.obstacles:
        env.grid.set(*ball.cur_pos, None)
    env.obstacles = []
    trial = Trial(env)
    with pytest.raises(Ended):
        dodge(trial)
    assert len(trial.actions) == 11  # five steps, a turn, five steps


def test_without_a_goal_there_is_no_way():
    env = started("MiniGrid-Dynamic-Obstacles-5x5-v0", 0)
    env.grid.set(3, 3, None)
    with pytest.raises(Stuck):
        dodge(Trial(env))
