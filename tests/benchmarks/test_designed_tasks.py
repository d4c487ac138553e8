"""The tasks of designed rewards: shapings by hand against closed forms, agents as they are told, levels of play."""

import dataclasses

import numpy as np
import pytest

from rewardlab.benchmarks.designed_tasks import TASKS, DrawingRecipe, behind_the_ball, object_then_goal, possible
from rewardlab.core.algebra import Sum
from rewardlab.rewards.drivers.vector import PaidVector
from rewardlab.rewards.shaping import Potential, Progress


def test_the_tasks_are_of_three_kinds_and_most_are_held_out():
    assert {t.kind for t in TASKS} == {"grid", "control", "text"} and len({t.env for t in TASKS}) == len(TASKS) >= 6
    known = {t.env for t in TASKS if not t.held_out}
    assert known == {"rewardlab/MiniGrid-DoorKey-5x5-v0", "rewardlab/SparseReacher-v0"}  # of the grammar's design
    assert all(0 < t.design_steps <= t.steps for t in TASKS)


def test_the_disc_belongs_behind_the_ball():
    ball, target = np.array([0.2, 0.0]), np.array([0.7, 0.0])

    def phi(disc):
        return float(behind_the_ball(np.concatenate([disc, [0, 0], ball, [0, 0], target])[None])[0])

    assert phi([0.0, 0.0]) == pytest.approx(-0.5, abs=1e-5)  # 0.2 m behind: the ball's way alone
    assert phi([0.4, 0.0]) == pytest.approx(-0.5 - 0.5 * 0.4, abs=1e-5)  # before it, 0.4 m from where it should be
    assert phi([0.0, 0.3]) == pytest.approx(-0.5 - 0.5 * 0.3, abs=1e-5)
    at_target = np.concatenate([[0.7, 0.2], [0, 0], target, [0, 0], target])[None]
    assert np.isfinite(behind_the_ball(at_target)).all()


def test_the_way_by_the_object_to_the_goal_is_as_long_as_the_best():
    """One step of the best policy shortens it by one; from the start it is all of it."""
    task = next(t for t in TASKS if "PickCarry" in t.env)
    envs = task.recipe.make(task.env, rows=1)
    mdp, rules = envs.unwrapped.to_mdp().with_gamma(0.9), envs.unwrapped.rules
    value = mdp.solve().V
    states = np.arange(rules.size)
    obs = np.asarray(rules.look({"cell": states // 3, "grip": states % 3}), dtype=float)
    there = (states % 3 == 0) | (states // 3 == rules.pick) | (states % 3 == 2)  # a hand half closed stands there
    there &= ~mdp.terminal[:-1] if len(mdp.terminal) > rules.size else ~mdp.terminal
    steps = -16 * object_then_goal(obs)
    best = 1 + np.log(value[: rules.size][there]) / np.log(0.9)
    np.testing.assert_allclose(steps[there], best, atol=1e-4)
    envs.close()


def test_what_is_possible_is_counted_in_bits():
    obs = np.zeros((3, 64 + 11))
    for row, count in enumerate((64, 8, 1)):
        obs[row, :count] = 1
    np.testing.assert_allclose(possible(obs, largest=64), [-1.0, -0.5, 0.0])


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.env)
def test_shapings_by_hand_pay_in_their_task_and_keep_its_optimum(task):
    shaping = task.shaping()
    for part in shaping.children() if isinstance(shaping, Sum) else (shaping,):
        assert isinstance(part, (Potential, Progress)) and part.invariance == "exact"
        assert part.gamma == task.arguments.get("gamma", 0.99)  # the agent's own, or the optimum is not kept
    envs = PaidVector(task.recipe.make(task.env, rows=2), shaping)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    paid = np.array([envs.step(envs.action_space.sample())[1] for _ in range(12)])
    envs.close()
    assert paid.shape == (12, 2) and np.isfinite(paid).all() and np.abs(paid).max() < 1.5


def test_agents_without_memory_draw_their_actions_when_they_are_judged():
    maze = next(t for t in TASKS if "Maze" in t.env)
    drawing = dataclasses.replace(maze, kind="grid")
    made = []
    for task in (maze, drawing):
        envs = task.recipe.make(task.env)
        made.append(task.recipe.agent(envs, steps=64, seed=0))
        envs.close()
    assert isinstance(drawing.recipe, DrawingRecipe) and not isinstance(maze.recipe, DrawingRecipe)
    assert [getattr(a, "stochastic", False) for a in made] == [False, True]
    assert made[0].learning_rate == maze.arguments["learning_rate"]
