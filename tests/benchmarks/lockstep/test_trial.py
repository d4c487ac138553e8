"""A trial leaves the level as it was, and goes as the level itself would go."""

import numpy as np
import pytest
from lockstep_twin import started

from rewardlab.benchmarks.lockstep.trial import DONE, Ended, Trial

TASKS = [
    "MiniGrid-DoorKey-5x5-v0",
    "BabyAI-BossLevel-v0",
    "MiniGrid-Dynamic-Obstacles-6x6-v0",
    "MiniGrid-PutNear-6x6-N2-v0",
]


@pytest.mark.parametrize("task", TASKS)
def test_a_trial_changes_nothing_and_goes_as_the_level_goes(task):
    env, twin, rng = started(task, 3), started(task, 3), np.random.default_rng(0)
    trial = Trial(env)
    pays = []
    try:
        for action in rng.integers(0, env.action_space.n, 60):
            trial.act(int(action))
            pays.append(trial.paid)
    except Ended:
        pays.append(trial.paid)
    assert env.step_count == 0 and env.gen_obs()["image"].tolist() == twin.gen_obs()["image"].tolist()
    assert (env.grid.encode() == twin.grid.encode()).all()
    for action, paid in zip(trial.actions, pays, strict=True):  # now the level itself
        _, reward, *_ = env.step(action)
        assert reward == paid
    assert (env.grid.encode() == trial.world.grid.encode()).all()
    assert trial.pose == (*env.agent_pos, env.agent_dir)
    assert env.np_random.bit_generator.state == trial.world.np_random.bit_generator.state


def test_the_end_is_told_when_time_is_up():
    trial = Trial(started("MiniGrid-DoorKey-5x5-v0", 0))
    with pytest.raises(Ended):
        for _ in range(1000):
            trial.act(DONE)
    assert (len(trial.actions), trial.paid) == (250, 0.0)


def test_an_instruction_of_the_copy_speaks_of_the_copy():
    env = started("BabyAI-GoToObj-v0", 0)
    trial = Trial(env)
    assert trial.world.instrs is not env.instrs and trial.world.instrs.env is trial.world
    there = {id(x) for x in trial.world.grid.grid}
    assert all(id(x) in there for x in trial.world.instrs.desc.obj_set)
