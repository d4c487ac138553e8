"""Every kind of level is solved, in the level itself, which the solver has not touched."""

import gymnasium as gym
import numpy as np
import pytest
from lockstep_twin import started

from rewardlab.benchmarks.lockstep.solvers import actions_to_success

UNSOLVED = ("Playground", "WFC")  # pays nothing; cannot be made from MiniGrid's wheel
KNOWN = [n for n in gym.registry if n.startswith(("MiniGrid-", "BabyAI-")) and not any(u in n for u in UNSOLVED)]
STRICT = {"BabyAI-OpenDoorsOrderN2Debug-v0", "BabyAI-OpenDoorsOrderN4Debug-v0"}


def play(env, actions):
    outcome = (0, False, False)
    for t, action in enumerate(actions):
        assert not (outcome[1] or outcome[2]), t
        _, *outcome, _ = env.step(action)
    return outcome


def test_all_ids_are_there():
    assert len(KNOWN) == 171


@pytest.mark.parametrize("task", KNOWN)
def test_the_first_level_that_can_be_solved_is(task):
    for seed in range(6 if task in STRICT else 1):
        env = started(task, seed)
        before = env.grid.encode().tolist(), tuple(env.agent_pos), env.agent_dir, env.np_random.bit_generator.state
        actions = actions_to_success(env)
        after = env.grid.encode().tolist(), tuple(env.agent_pos), env.agent_dir, env.np_random.bit_generator.state
        assert before == after and env.step_count == 0
        if actions is not None:
            assert actions_to_success(env) == actions
            reward, terminated, _ = play(env, actions)
            assert reward == 1 - 0.9 * (len(actions) / env.max_steps) and terminated
            return
    raise AssertionError("not solved")


@pytest.mark.parametrize(
    "task", ["MiniGrid-ObstructedMaze-Full-v1", "MiniGrid-KeyCorridorS6R3-v0", "BabyAI-KeyInBox-v0"]
)
def test_twenty_levels_of_the_hardest_ids(task):
    for seed in range(100, 120):
        env = started(task, seed)
        assert play(env, actions_to_success(env))[0] > 0, seed


@pytest.mark.parametrize(
    "task",
    ["MiniGrid-LockedRoom-v0", "MiniGrid-BlockedUnlockPickup-v0", "MiniGrid-MultiRoom-N4-S5-v1", "BabyAI-Synth-v0"],
)
def test_from_the_middle_of_an_episode(task):
    solved = 0
    for seed in range(6):
        env, rng = started(task, seed), np.random.default_rng(seed)
        for _ in range(20):
            env.step(int(rng.integers(6)))
        actions = actions_to_success(env)
        solved += actions is not None and play(env, actions)[0] > 0
    assert solved >= 5


def test_what_pays_nothing_has_no_solution():
    assert actions_to_success(started("MiniGrid-Playground-v0", 0)) is None


def test_a_level_without_a_way_has_no_solution(capsys):
    assert actions_to_success(started("MiniGrid-ObstructedMaze-1Q-v0", 7)) is None  # a ball lies where the box was
    assert actions_to_success(started("BabyAI-GoToImpUnlock-v0", 6)) is None  # the key is behind its own door
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("task", sorted(STRICT))
def test_strict_order_lets_only_single_doors_succeed(task):
    # The step that opens the first door is shown to the second instruction too, which is strict: it fails.
    found = {True: 0, False: 0}
    for seed in range(40):
        env = started(task, seed)
        single = type(env.instrs).__name__ == "OpenInstr"
        found[single] += 1
        assert (actions_to_success(env) is not None) == single, seed
    assert min(found.values()) >= 8
