"""The search over situations, against a planner that knows nothing of it, MiniGrid itself, and a known mean."""

import gymnasium as gym
import minigrid  # noqa: F401  registers MiniGrid's ids
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.minigrid import MiniGridTask
from rewardlab.envs.gridworlds.search.enumerate_states import fields_of, keys
from rewardlab.envs.gridworlds.search.planner import optimal_steps
from rewardlab.envs.gridworlds.search.shortest import shortest_solution


@pytest.mark.parametrize(
    "task", ["MiniGrid-DoorKey-6x6-v0", "MiniGrid-LavaCrossingS9N2-v0", "MiniGrid-Empty-Random-6x6-v0"]
)
def test_it_is_as_short_as_another_planner_says_and_minigrid_pays_it(task):
    rules, reference = MiniGridTask(task=task), gym.make(task)
    for seed in range(5):
        way = shortest_solution(rules, rules.first(seed))
        reference.reset(seed=seed)
        inner = reference.unwrapped
        assert len(way) == optimal_steps(inner.grid.encode(), inner.agent_pos, inner.agent_dir)
        pays = [reference.step(action)[1] for action in way]
        assert pays[:-1] == [0] * (len(way) - 1)
        assert pays[-1] == 1 - 0.9 * (len(way) / inner.max_steps)


def test_the_optimal_return_on_the_card_of_doorkey_is_exact():
    rules = MiniGridTask(task="MiniGrid-DoorKey-5x5-v0")
    starts = rules.first(*range(600))
    _, first = np.unique(keys(starts, fields_of(rules, ())), return_index=True)
    assert len(first) == 48  # 3 places x 4 headings x 2 doors x 2 keys, all alike
    steps = [len(shortest_solution(rules, {k: v[i : i + 1] for k, v in starts.items()})) for i in first]
    assert rules.card().optimal_return == pytest.approx(np.mean([1 - 0.9 * d / 250 for d in steps]), abs=1e-12)


def test_tasks_with_rules_of_their_own_are_solved_as_minigrid_solves_them():
    for task in ("MiniGrid-Unlock-v0", "MiniGrid-GoToDoor-5x5-v0", "MiniGrid-RedBlueDoors-6x6-v0", "BabyAI-GoToObj-v0"):
        rules, reference = MiniGridTask(task=task), gym.make(task)
        way = shortest_solution(rules, rules.first(1))
        reference.reset(seed=1)
        shown = [reference.step(action) for action in way]
        assert [r[1] > 0 for r in shown] == [False] * (len(way) - 1) + [True], task


def test_what_cannot_be_solved_has_no_solution_and_mistakes_are_named():
    rules = MiniGridTask(task="MiniGrid-DoorKey-5x5-v0")
    assert shortest_solution(rules, rules.first(0), actions=[0, 1, 2]) is None
    with pytest.raises(BadOption, match="2 rows"):
        shortest_solution(rules, rules.first(0, 1))
    with pytest.raises(BadOption, match=r"actions=\[7\]"):
        shortest_solution(rules, rules.first(0), actions=[7])
    with pytest.raises(BadOption, match="more than 50 situations"):
        shortest_solution(rules, rules.first(0), most=50)
    moving = MiniGridTask(task="MiniGrid-Dynamic-Obstacles-5x5-v0")
    with pytest.raises(BadOption, match="obstacles"):
        shortest_solution(moving, moving.first(0))
