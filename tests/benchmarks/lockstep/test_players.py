"""Players reach what they are for, are the same for the same seed, and change nothing themselves."""

import itertools
from collections import Counter

import numpy as np
import pytest
from lockstep_twin import Twin, reference, started

from rewardlab.benchmarks.lockstep import players
from rewardlab.benchmarks.lockstep.compare import compare

ALL = [players.uniform, players.busy, players.vandal, players.solver, players.interrupted, players.anyone]
ALL += [players.patient, players.last_moment]
DOORKEY, MAZE, DODGE = (
    "MiniGrid-DoorKey-6x6-v0",
    "MiniGrid-ObstructedMaze-1Dlhb-v0",
    "MiniGrid-Dynamic-Obstacles-6x6-v0",
)


def play(player, env, seed, steps):
    taken = []
    for action in itertools.islice(player(env, np.random.default_rng(seed)), steps):
        taken.append(action)
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            break
    return taken


@pytest.mark.parametrize("task", [DOORKEY, MAZE, DODGE, "BabyAI-MiniBossLevel-v0", "MiniGrid-Playground-v0"])
@pytest.mark.parametrize("player", ALL)
def test_the_same_seed_plays_the_same_actions_of_the_space(player, task):
    once, again = (play(player, started(task, 2), 3, 80) for _ in range(2))
    assert once == again
    assert once or player in (players.solver, players.anyone, players.last_moment)
    assert set(once) <= set(range(started(task, 2).action_space.n))


@pytest.mark.parametrize("player", ALL)
def test_asking_changes_nothing(player):
    env = started(MAZE, 1)
    before = env.grid.encode().tolist(), tuple(env.agent_pos), env.agent_dir, env.step_count, env.carrying
    next(player(env, np.random.default_rng(0)))
    assert before == (env.grid.encode().tolist(), tuple(env.agent_pos), env.agent_dir, env.step_count, env.carrying)


def test_uniform_and_busy_are_what_they_say():
    env, n = started(DOORKEY, 0), 20_000
    for player, share in ((players.uniform, np.full(7, 1 / 7)), (players.busy, players.WEIGHTS)):
        count = Counter(itertools.islice(player(env, np.random.default_rng(0)), n))
        spread = sum((count[a] - n * share[a]) ** 2 / (n * share[a]) for a in range(7))
        assert spread < 22.5  # chi-square, 6 degrees of freedom, 0.1 %


def test_the_vandal_changes_far_more_than_chance():
    def changed(player):
        found = compare(Twin(MAZE), reference(MAZE), player, steps=1500, seed=0).changed
        return found["pickup"] + found["drop"] + found["toggle"]

    assert changed(players.vandal) > 4 * changed(players.uniform)


def test_the_vandal_carries_things_to_the_goal_and_breaks_boxes():
    goals = boxes = shut = 0
    for seed in range(20):
        env = started(DOORKEY, seed)
        for action in itertools.islice(players.vandal(env, np.random.default_rng(seed)), 300):
            thing = env.grid.get(*env.front_pos)
            was_open = thing is not None and thing.type == "door" and thing.is_open
            _, reward, terminated, truncated, _ = env.step(action)
            shut += was_open and not thing.is_open
            if terminated or truncated:
                goals += reward > 0 and env.carrying is not None
                break
        env = started(MAZE, seed)
        count = sum(x is not None and x.type == "box" for x in env.grid.grid)
        play(players.vandal, env, seed, 200)
        boxes += count > sum(x is not None and x.type == "box" for x in env.grid.grid) + (env.carrying is not None)
    assert goals >= 3 and boxes >= 3 and shut >= 10


def test_who_is_interrupted_succeeds_after_detours():
    def run(player):
        return compare(Twin(MAZE), reference(MAZE), player, steps=10**6, seed=0, episodes=20)

    straight, crossed = run(players.solver), run(players.interrupted)
    assert straight.successes == 20 and crossed.successes >= 15
    assert crossed.steps > 1.3 * straight.steps


@pytest.mark.parametrize("task", [DOORKEY, "BabyAI-GoToObj-v0", "MiniGrid-GoToDoor-5x5-v0", DODGE])
def test_the_patient_wait_until_time_is_up(task):
    for seed in range(3):
        env = started(task, seed)
        assert len(play(players.patient, env, 0, 10**4)) == env.max_steps


@pytest.mark.parametrize(
    ("task", "early"), [(DOORKEY, 0), ("BabyAI-GoToObj-v0", 0), ("MiniGrid-GoToDoor-5x5-v0", 1), (DODGE, 20)]
)
def test_paid_at_the_last_moment(task, early):
    for seed in range(4):
        env = started(task, seed)
        count = 0
        for action in players.last_moment(env, np.random.default_rng(0)):
            _, reward, terminated, truncated, _ = env.step(action)
            count += 1
        assert reward > 0 and terminated and env.max_steps - early <= count <= env.max_steps
        assert truncated == (count == env.max_steps)


def test_a_brief_player_leaves():
    report = compare(Twin(DOORKEY), reference(DOORKEY), players.brief(players.uniform, 10), steps=100, seed=0)
    assert (report.steps, report.episodes, report.truncations) == (100, 10, 0)


def test_a_solver_does_not_play_what_it_cannot_solve():
    assert play(players.solver, started("MiniGrid-Playground-v0", 0), 0, 10) == []
